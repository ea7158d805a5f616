#pragma once

#include <type_traits>

#include "ydoc/types/editor.h"
#include "ydoc/types/shared.h"

// What the shared types' implementations share.

namespace ydoc {

/// One edit of `type` as a transaction, or as part of the open one. Who listens to the opening may
/// have edited by the time `act` is called: what depends on more than that the type is there has
/// to be checked again.
template <typename Act>
Edited edit(const Shared& type, Act&& act) {
  Doc::Engine& engine = type.engine();
  Edited edited;
  engine.transact({}, [&] {
    if (!type.alive()) {
      edited = righttask::fail(EditError::gone);
      return;
    }
    Editor editor(engine);
    if constexpr (std::is_same_v<decltype(act(editor)), Edited>) {
      edited = act(editor);
    } else {
      act(editor);
    }
  });
  return edited;
}

/// What an item of kind doc holds.
[[nodiscard]] Subdocument subdocument_of(const Store& store, const Item& item);
/// Calls `visit` with each element that an item contributes to its list, as a Value.
void for_each_element(Doc::Engine& engine, const Item& item,
                      const std::function<void(Value&&)>& visit);
[[nodiscard]] std::vector<Value> list_values(const Shared& list);
/// Undefined where there is nothing.
[[nodiscard]] Value list_get(const Shared& list, std::uint32_t index);
[[nodiscard]] Edited list_insert(const Shared& list, std::uint32_t index,
                                 const std::vector<NewValue>& values);
[[nodiscard]] Edited list_remove(const Shared& list, std::uint32_t index, std::uint32_t count);
[[nodiscard]] Value key_get(const Shared& type, std::string_view key);
[[nodiscard]] bool key_has(const Shared& type, std::string_view key);
[[nodiscard]] std::vector<std::string> key_names(const Shared& type);
[[nodiscard]] Edited key_set(const Shared& type, std::string_view key, const NewValue& value);
[[nodiscard]] Edited key_remove(const Shared& type, std::string_view key);

}  // namespace ydoc

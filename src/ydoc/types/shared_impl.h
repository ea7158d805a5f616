#pragma once

#include <type_traits>

#include "ydoc/types/editor.h"
#include "ydoc/types/shared.h"

// What the shared types' implementations share.

namespace ydoc {

/// One edit as a transaction, or as part of the open one. Who is told of the transaction may edit,
/// too: what depends on the state, `act` checks itself, and returns what comes of it.
template <typename Act>
Edited edit(Doc::Engine& engine, Act&& act) {
  const bool opened = engine.enter(true);
  Editor editor(engine);
  Edited done;
  if constexpr (std::is_void_v<std::invoke_result_t<Act, Editor&>>) {
    act(editor);
  } else {
    done = act(editor);
  }
  if (opened) engine.leave();
  return done;
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

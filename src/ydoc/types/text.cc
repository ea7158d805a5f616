#include "ydoc/codec/value_text.h"
#include "ydoc/types/shared_impl.h"
#include "ydoc/types/text_edit.h"
#include "ydoc/view/attributes.h"

namespace ydoc {

std::string Text::text() const {
  return alive() ? plain_text(engine().store, id()) : std::string();
}

std::vector<TextRun> Text::delta() const {
  std::vector<TextRun> runs;
  if (!alive()) return runs;
  const Store& store = engine().store;
  const auto format = [&](const TextAttributes& now) {
    TextFormat attributes;
    for (const auto& [key, value] : now.entries()) {
      attributes.push_back({std::string(store.names[key]), value_of_text(store.names[value])});
    }
    order_members(attributes);
    return attributes;
  };
  for_each_run(
      store, id(),
      [&](std::string_view text, const TextAttributes& now) {
        runs.push_back({std::string(text), format(now)});
      },
      [&](const Item& item, const TextAttributes& now) {
        for_each_element(engine(), item,
                         [&](Value&& value) { runs.push_back({std::move(value), format(now)}); });
      });
  return runs;
}

Edited Text::insert(std::uint32_t index, std::string_view text) {
  if (auto may = may_insert(); !may) return may;
  if (auto good = check_text(text); !good) return good;
  if (text.empty()) return {};
  return edit(*this, [&](Editor& editor) { TextEdit(editor, id()).insert(index, text, nullptr); });
}

Edited Text::insert(std::uint32_t index, std::string_view text, const TextFormat& format) {
  if (auto may = may_insert(); !may) return may;
  if (auto good = check_text(text); !good) return good;
  if (auto good = check_format(format); !good) return good;
  if (text.empty()) return {};
  return edit(*this, [&](Editor& editor) { TextEdit(editor, id()).insert(index, text, &format); });
}

Edited Text::insert_embed(std::uint32_t index, const NewValue& object, const TextFormat& format) {
  if (auto may = may_insert(); !may) return may;
  if (auto good = check_object(object); !good) return good;
  if (auto good = check_format(format); !good) return good;
  return edit(
      *this, [&](Editor& editor) { TextEdit(editor, id()).insert_object(index, object, &format); });
}

Edited Text::remove(std::uint32_t index, std::uint32_t length) {
  if (auto may = may_remove(); !may) return may;
  if (length == 0) return {};
  return edit(*this, [&](Editor& editor) { TextEdit(editor, id()).remove(index, length); });
}

Edited Text::format(std::uint32_t index, std::uint32_t length, const TextFormat& format) {
  if (auto may = may_insert(); !may) return may;
  if (auto good = check_format(format); !good) return good;
  if (length == 0) return {};
  // Beyond the end it adds line feeds.
  if (index <= size() && length > std::uint64_t{size() - index} + kEditUnitsMax) {
    return righttask::fail(EditError::too_large);
  }
  return edit(*this, [&](Editor& editor) { TextEdit(editor, id()).format(index, length, format); });
}

Edited Text::apply_delta(const std::vector<DeltaOp>& delta) {
  if (auto may = may_insert(); !may) return may;
  if (auto good = check_delta(delta, size()); !good) return good;
  return edit(*this, [&](Editor& editor) { TextEdit(editor, id()).apply(delta); });
}

Value Text::attribute(std::string_view key) const {
  return key_get(*this, key);
}
Edited Text::set_attribute(std::string_view key, const NewValue& value) {
  if (auto may = may_insert(); !may) return may;
  return key_set(*this, key, value);
}
Edited Text::remove_attribute(std::string_view key) {
  if (auto may = may_remove(); !may) return may;
  return key_remove(*this, key);
}

}  // namespace ydoc

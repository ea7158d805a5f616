// Array and XmlFragment. Source: Yjs 13.6, src/types/AbstractType.js, typeList…; YArray.js;
// YXmlFragment.js.

#include <algorithm>

#include "ydoc/types/shared_impl.h"
#include "ydoc/view/content_values.h"
#include "ydoc/view/js_string.h"

namespace ydoc {

Subdocument subdocument_of(const Store& store, const Item& item) {
  righttask::Reader reader(doc_options(item));
  return {std::string(doc_guid(item)), *read_any(reader, ~0U),
          store.wide({item.client, item.clock})};
}

void for_each_element(Doc::Engine& engine, const Item& item,
                      const std::function<void(Value&&)>& visit) {
  switch (item.kind) {
    case ContentKind::type:
      visit(Shared(engine, item.type()));
      return;
    case ContentKind::doc: {
      visit(subdocument_of(engine.store, item));
      return;
    }
    case ContentKind::string:
      for_each_unit(item.bytes(), [&](std::string_view unit) { visit(Any{std::string(unit)}); });
      return;
    default:
      for_each_value(item, [&](Any value) { visit(std::move(value)); });
      return;
  }
}

std::vector<Value> list_values(const Shared& list) {
  std::vector<Value> values;
  if (!list.alive()) return values;
  const Store& store = list.engine().store;
  values.reserve(store.types[list.id()].length);
  for (ItemRef ref = store.types[list.id()].start; ref != kNoItem; ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    if (item.deleted) continue;
    if (item.kind == ContentKind::any) {
      for_each_value(item, [&](Any&& value) { values.emplace_back(std::move(value)); });
      continue;
    }
    for_each_element(list.engine(), item,
                     [&](Value&& value) { values.push_back(std::move(value)); });
  }
  return values;
}

Value list_get(const Shared& list, std::uint32_t index) {
  Value found = Any{Undefined{}};
  Store& store = list.engine().store;
  if (!list.alive() || index >= store.types[list.id()].length) return found;
  const ListPlace place = store.positions.find(store, list.id(), index + 1);
  std::uint32_t at = 1;
  for_each_element(list.engine(), store.items[place.ref], [&](Value&& value) {
    if (at++ == place.offset) found = std::move(value);
  });
  return found;
}

Edited list_insert(const Shared& list, std::uint32_t index, const std::vector<NewValue>& values) {
  const auto in_range = [&] { return index <= list.engine().store.types[list.id()].length; };
  if (!in_range()) return righttask::fail(EditError::out_of_range);
  if (values.empty()) return {};
  return edit(list.engine(), [&](Editor& editor) -> Edited {
    if (!in_range()) return righttask::fail(EditError::out_of_range);
    Gap gap = editor.gap_at(list.id(), index);
    editor.insert_values(list.id(), gap, values);
    editor.remember(list.id(), gap.left, index + static_cast<std::uint32_t>(values.size()));
    return {};
  });
}

/// Source: typeListDelete.
Edited list_remove(const Shared& list, std::uint32_t index, std::uint32_t count) {
  const auto in_range = [&] {
    const std::uint32_t length = list.engine().store.types[list.id()].length;
    return index <= length && count <= length - index;
  };
  if (!in_range()) return righttask::fail(EditError::out_of_range);
  if (count == 0) return {};
  return edit(list.engine(), [&](Editor& editor) -> Edited {
    if (!in_range()) return righttask::fail(EditError::out_of_range);
    Store& store = editor.store();
    const Gap gap = editor.gap_at(list.id(), index);
    std::uint32_t left = count;
    for (ItemRef ref = gap.right; left > 0 && ref != kNoItem; ref = store.items[ref].right) {
      const Item& item = store.items[ref];
      if (item.deleted) continue;
      if (left < item.length) {
        editor.changes().clean_start({item.client, item.clock + left});
      }
      left -= store.items[ref].length;
      editor.remove(ref);
    }
    if (gap.left != kNoItem) editor.remember(list.id(), gap.left, index);
    return {};
  });
}

// Array ------------------------------------------------------------------------------------------

Value Array::get(std::uint32_t index) const {
  return list_get(*this, index);
}
std::vector<Value> Array::values() const {
  return list_values(*this);
}

namespace {

Edited check_values(const std::vector<NewValue>& values, Edited (*check)(const NewValue&)) {
  for (const NewValue& value : values) {
    if (auto good = check(value); !good) return good;
  }
  return {};
}

}  // namespace

Edited Array::insert(std::uint32_t index, const std::vector<NewValue>& values) {
  if (auto may = may_insert(); !may) return may;
  if (auto good = check_values(values, check_value); !good) return good;
  return list_insert(*this, index, values);
}

/// Source: typeListPushGenerics.
Edited Array::push(const std::vector<NewValue>& values) {
  if (auto may = may_insert(); !may) return may;
  if (auto good = check_values(values, check_value); !good) return good;
  if (values.empty()) return {};
  return edit(engine(), [&](Editor& editor) {
    Store& store = editor.store();
    const std::uint32_t length = store.types[id()].length;
    Gap gap = editor.gap_at(id(), length);
    for (; gap.right != kNoItem; gap.right = store.items[gap.right].right) gap.left = gap.right;
    editor.insert_values(id(), gap, values);
    editor.remember(id(), gap.left, length + static_cast<std::uint32_t>(values.size()));
  });
}

Edited Array::remove(std::uint32_t index, std::uint32_t count) {
  if (auto may = may_remove(); !may) return may;
  return list_remove(*this, index, count);
}

// XmlFragment ------------------------------------------------------------------------------------

Value XmlFragment::get(std::uint32_t index) const {
  return list_get(*this, index);
}
std::vector<Value> XmlFragment::children() const {
  return list_values(*this);
}

Edited XmlFragment::insert(std::uint32_t index, const std::vector<NewValue>& nodes) {
  if (auto may = may_insert(); !may) return may;
  if (auto good = check_values(nodes, check_xml_child); !good) return good;
  return list_insert(*this, index, nodes);
}

Edited XmlFragment::remove(std::uint32_t index, std::uint32_t count) {
  if (auto may = may_remove(); !may) return may;
  return list_remove(*this, index, count);
}

}  // namespace ydoc

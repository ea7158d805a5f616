#include "ydoc/view/json_view.h"

#include <algorithm>

#include "ydoc/view/attributes.h"
#include "ydoc/view/content_values.h"
#include "ydoc/view/js_string.h"
#include "ydoc/view/xml_view.h"

namespace ydoc {
namespace {

enum class Form { json, tree };

/// Writes separators: the first element of a list has none before it.
class Separator {
 public:
  explicit Separator(std::string& out) : out_(out) {}
  void operator()() {
    if (!first_) out_.push_back(',');
    first_ = false;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

class JsonView {
 public:
  JsonView(std::string& out, const Store& store, const ValueStyle& style)
      : out_(out), store_(store), style_(style) {}

  void json(TypeId id, TypeKind kind);
  void tree(TypeId id, TypeKind kind);
  void delta(TypeId id);
  void members(TypeId id, Form form);

 private:
  void shared(TypeId id, Form form);
  void list(TypeId id, Form form);
  void elements(const Item& item, Form form, Separator& separate);
  void member(const Item& item, std::string_view key, Form form, Separator& separate);
  void key(std::string_view name) {
    append_json_string(out_, name);
    out_.push_back(':');
  }
  void subdocument(const Item& item) {
    righttask::Reader reader(doc_options(item));
    style_.subdocument(out_, doc_guid(item), *read_any(reader, ~0U));
  }

  std::string& out_;
  const Store& store_;
  const ValueStyle& style_;
  unsigned depth_ = 0;
};

void JsonView::shared(TypeId id, Form form) {
  if (++depth_ > kViewDepthMax) {
    out_ += "null";
  } else if (form == Form::tree) {
    tree(id, store_.types[id].kind);
  } else {
    json(id, store_.types[id].kind);
  }
  --depth_;
}

void JsonView::json(TypeId id, TypeKind kind) {
  switch (kind) {
    case TypeKind::array:
      list(id, Form::json);
      return;
    case TypeKind::map:
    case TypeKind::xml_hook:
      members(id, Form::json);
      return;
    case TypeKind::text:
      style_.text(out_, plain_text(store_, id));
      return;
    case TypeKind::xml_element:
    case TypeKind::xml_fragment:
    case TypeKind::xml_text:
      style_.text(out_, xml_string(store_, id, kind));
      return;
    case TypeKind::unknown:
      out_ += "null";
      return;
  }
}

void JsonView::tree(TypeId id, TypeKind kind) {
  out_.append("{\"$\":\"type\",\"t\":\"").append(to_string(kind)).push_back('"');
  const auto field = [&](std::string_view name) {
    out_.push_back(',');
    key(name);
  };
  if (kind == TypeKind::xml_element || kind == TypeKind::xml_hook) {
    field("name");
    style_.text(out_, store_.node_name(id));
  }
  switch (kind) {
    case TypeKind::array:
      field("v");
      list(id, Form::tree);
      break;
    case TypeKind::map:
    case TypeKind::xml_hook:
      field("v");
      members(id, Form::tree);
      break;
    case TypeKind::text:
    case TypeKind::xml_text:
      field("v");
      delta(id);
      if (has_members(store_, id)) {
        field("attrs");
        members(id, Form::tree);
      }
      break;
    case TypeKind::xml_element:
      field("attrs");
      members(id, Form::tree);
      field("c");
      list(id, Form::tree);
      break;
    case TypeKind::xml_fragment:
      field("c");
      list(id, Form::tree);
      break;
    case TypeKind::unknown:
      break;
  }
  out_.push_back('}');
}

void JsonView::list(TypeId id, Form form) {
  out_.push_back('[');
  Separator separate(out_);
  for (ItemRef ref = store_.types[id].start; ref != kNoItem; ref = store_.items[ref].right) {
    const Item& item = store_.items[ref];
    if (!item.deleted) elements(item, form, separate);
  }
  out_.push_back(']');
}

void JsonView::elements(const Item& item, Form form, Separator& separate) {
  if (item.kind == ContentKind::type) {
    separate();
    shared(item.type(), form);
  } else if (item.kind == ContentKind::doc) {
    separate();
    subdocument(item);
  } else if (item.kind == ContentKind::string) {
    for_each_unit(item.bytes(), [&](std::string_view unit) {
      separate();
      style_.text(out_, unit);
    });
  } else {
    for_each_value(item, [&](const Any& value) {
      separate();
      style_.value(out_, value);
    });
  }
}

void JsonView::members(TypeId id, Form form) {
  out_.push_back('{');
  Separator separate(out_);
  if (const NameMap* const keys = store_.types[id].keys.get()) {
    for (const auto& [name, newest] : keys->entries()) {
      const Item& item = store_.items[newest];
      if (!item.deleted) member(item, store_.names[name], form, separate);
    }
  }
  out_.push_back('}');
}

/// The value of a key is the last element of its newest item.
void JsonView::member(const Item& item, std::string_view name, Form form, Separator& separate) {
  const auto begin = [&] {
    separate();
    key(name);
  };
  if (item.kind == ContentKind::type) {
    begin();
    shared(item.type(), form);
    return;
  }
  if (item.kind == ContentKind::doc) {
    begin();
    subdocument(item);
    return;
  }
  const Any value = last_value(item);
  if (value.as<Undefined>() && !style_.keeps_undefined()) return;
  begin();
  style_.value(out_, value);
}

void JsonView::delta(TypeId id) {
  out_.push_back('[');
  Separator separate(out_);
  const auto attributes = [&](const TextAttributes& now) {
    if (!now.empty()) {
      out_ += ",\"attributes\":{";
      Separator between(out_);
      for (const auto& entry : now.entries()) {
        between();
        key(store_.names[entry.key]);
        style_.value(out_, value_of_text(store_.names[entry.value]));
      }
      out_.push_back('}');
    }
    out_.push_back('}');
  };
  for_each_run(
      store_, id,
      [&](std::string_view text, const TextAttributes& now) {
        separate();
        out_ += "{\"insert\":";
        style_.text(out_, text);
        attributes(now);
      },
      [&](const Item& item, const TextAttributes& now) {
        separate();
        out_ += "{\"insert\":";
        if (item.kind == ContentKind::type) {
          shared(item.type(), Form::tree);
        } else {
          style_.value(out_, last_value(item));
        }
        attributes(now);
      });
  out_.push_back(']');
}

struct Root {
  TypeId id;
  TypeKind kind;
};
Root root_of(const Doc& doc, std::string_view name) {
  return {doc.store().find_root(name), doc.root_kind_guess(name)};
}

}  // namespace

void ValueStyle::value(std::string& out, const Any& value) const {
  if (value.as<Undefined>()) {
    out += "null";
  } else {
    append_json(out, value);
  }
}

void ValueStyle::text(std::string& out, std::string_view text) const {
  append_json_string(out, text);
}

void ValueStyle::subdocument(std::string& out, std::string_view guid, const Any& options) const {
  out += "{\"guid\":";
  text(out, guid);
  out += ",\"opts\":";
  value(out, options);
  out.push_back('}');
}

void append_root_json(std::string& out, const Doc& doc, std::string_view name,
                      const ValueStyle& style) {
  const Root root = root_of(doc, name);
  if (root.id == kNoType) {
    out += "null";
    return;
  }
  JsonView(out, doc.store(), style).json(root.id, root.kind);
}

void append_type_json(std::string& out, const Store& store, std::uint32_t type,
                      const ValueStyle& style) {
  JsonView(out, store, style).json(type, store.types[type].kind);
}

void append_type_tree(std::string& out, const Store& store, std::uint32_t type,
                      const ValueStyle& style) {
  JsonView(out, store, style).tree(type, store.types[type].kind);
}

void append_root_delta(std::string& out, const Doc& doc, std::string_view name,
                       const ValueStyle& style) {
  const Root root = root_of(doc, name);
  if (root.id == kNoType || !is_text(root.kind)) {
    out += "[]";
    return;
  }
  JsonView(out, doc.store(), style).delta(root.id);
}

bool append_root_attributes(std::string& out, const Doc& doc, std::string_view name,
                            const ValueStyle& style) {
  const TypeId root = doc.store().find_root(name);
  if (root == kNoType || !has_members(doc.store(), root)) return false;
  JsonView(out, doc.store(), style).members(root, Form::tree);
  return true;
}

void append_root_tree(std::string& out, const Doc& doc, std::string_view name,
                      const ValueStyle& style) {
  const Root root = root_of(doc, name);
  if (root.id == kNoType) {
    out += "null";
    return;
  }
  JsonView(out, doc.store(), style).tree(root.id, root.kind);
}

bool root_holds_types(const Doc& doc, std::string_view name) {
  const Store& store = doc.store();
  const TypeId root = store.find_root(name);
  if (root == kNoType) return false;
  const auto holds = [&](ItemRef ref) {
    return !store.items[ref].deleted && store.items[ref].kind == ContentKind::type;
  };
  for (ItemRef ref = store.types[root].start; ref != kNoItem; ref = store.items[ref].right) {
    if (holds(ref)) return true;
  }
  const NameMap* const keys = store.types[root].keys.get();
  return keys != nullptr && std::any_of(keys->entries().begin(), keys->entries().end(),
                                        [&](const auto& entry) { return holds(entry.value); });
}

std::string doc_json(const Doc& doc) {
  std::string out = "{";
  Separator separate(out);
  for (const std::string& name : doc.root_names()) {
    separate();
    append_json_string(out, name);
    out.push_back(':');
    append_root_json(out, doc, name);
  }
  return out + "}";
}

std::string_view to_string(TypeKind kind) {
  switch (kind) {
    case TypeKind::array:
      return "array";
    case TypeKind::map:
      return "map";
    case TypeKind::text:
      return "text";
    case TypeKind::xml_element:
      return "xmlelement";
    case TypeKind::xml_fragment:
      return "xmlfragment";
    case TypeKind::xml_hook:
      return "xmlhook";
    case TypeKind::xml_text:
      return "xmltext";
    case TypeKind::unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace ydoc

#include "ydoc/view/xml_view.h"

#include <algorithm>

#include "ydoc/view/attributes.h"
#include "ydoc/view/content_values.h"
#include "ydoc/view/js_string.h"
#include "ydoc/view/json_view.h"

namespace ydoc {
namespace {

struct Pair {
  std::string key;
  std::string value;
};

void sort_pairs(std::vector<Pair>& pairs) {
  std::sort(pairs.begin(), pairs.end(),
            [](const Pair& a, const Pair& b) { return js_less(a.key, b.key); });
}

std::string js_string(const Any& value) {
  std::string out;
  append_js_string(out, value);
  return out;
}

/// What `for (key in value)` and `value[key]` give.
std::vector<Pair> properties(const Any& value) {
  std::vector<Pair> pairs;
  const auto add = [&](std::string text) {
    pairs.push_back({std::to_string(pairs.size()), std::move(text)});
  };
  if (const auto* const object = value.as<Any::Object>()) {
    for (const auto& [key, member] : *object) pairs.push_back({key, js_string(member)});
  } else if (const auto* const array = value.as<Any::Array>()) {
    for (const Any& element : *array) add(js_string(element));
  } else if (const auto* const text = value.as<std::string>()) {
    for_each_unit(*text, [&](std::string_view unit) { add(std::string(unit)); });
  }
  sort_pairs(pairs);
  return pairs;
}

class XmlView {
 public:
  explicit XmlView(const Store& store) : store_(store) {}

  void append(std::string& out, TypeId id, TypeKind kind) {
    if (++depth_ <= kViewDepthMax) {
      switch (kind) {
        case TypeKind::xml_element:
          element(out, id);
          break;
        case TypeKind::xml_fragment:
          children(out, id);
          break;
        case TypeKind::xml_text:
          text(out, id);
          break;
        case TypeKind::text:
          out += plain_text(store_, id);
          break;
        default:
          out += "[object Object]";
          break;
      }
    }
    --depth_;
  }

 private:
  void attributes(std::string& out, const std::vector<Pair>& pairs) {
    for (const auto& [key, value] : pairs) {
      out.append(" ").append(key).append("=\"").append(value).append("\"");
    }
  }

  void element(std::string& out, TypeId id) {
    std::string name(store_.node_name(id));
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    std::vector<Pair> pairs;
    if (const NameMap* const keys = store_.types[id].keys.get()) {
      for (const auto& [key, newest] : keys->entries()) {
        const Item& item = store_.items[newest];
        if (item.deleted) continue;
        pairs.push_back({std::string(store_.names[key]), {}});
        object(pairs.back().value, item);
      }
    }
    sort_pairs(pairs);
    out.append("<").append(name);
    attributes(out, pairs);
    out.push_back('>');
    children(out, id);
    out.append("</").append(name).append(">");
  }

  void children(std::string& out, TypeId id) {
    for (ItemRef ref = store_.types[id].start; ref != kNoItem; ref = store_.items[ref].right) {
      const Item& item = store_.items[ref];
      if (item.deleted) continue;
      if (item.kind == ContentKind::string) {
        out += item.bytes();
      } else if (item.kind == ContentKind::type || item.kind == ContentKind::doc) {
        object(out, item);
      } else {
        for_each_value(item, [&](const Any& value) { append_js_string(out, value); });
      }
    }
  }

  /// One embed, shared type or attribute value as a string.
  void object(std::string& out, const Item& item) {
    if (item.kind == ContentKind::type) {
      append(out, item.type(), store_.types[item.type()].kind);
    } else if (item.kind == ContentKind::doc) {
      out += "[object Object]";
    } else {
      append_js_string(out, last_value(item));
    }
  }

  /// Each attribute of a run becomes an element around it, sorted by name.
  void text(std::string& out, TypeId id) {
    const auto wrap = [&](const TextAttributes& now, auto&& content) {
      std::vector<std::pair<std::string_view, NameId>> nodes;
      for (const auto& [key, value] : now.entries()) nodes.emplace_back(store_.names[key], value);
      std::sort(nodes.begin(), nodes.end(),
                [](const auto& a, const auto& b) { return js_less(a.first, b.first); });
      for (const auto& [name, value] : nodes) {
        out.append("<").append(name);
        attributes(out, properties(value_of_text(store_.names[value])));
        out.push_back('>');
      }
      content();
      for (std::size_t i = nodes.size(); i-- > 0;) {
        out.append("</").append(nodes[i].first).append(">");
      }
    };
    for_each_run(
        store_, id,
        [&](std::string_view run, const TextAttributes& now) { wrap(now, [&] { out += run; }); },
        [&](const Item& item, const TextAttributes& now) {
          wrap(now, [&] { object(out, item); });
        });
  }

  const Store& store_;
  unsigned depth_ = 0;
};

}  // namespace

std::string xml_string(const Store& store, TypeId id, TypeKind kind) {
  std::string out;
  XmlView(store).append(out, id, kind);
  return out;
}

}  // namespace ydoc

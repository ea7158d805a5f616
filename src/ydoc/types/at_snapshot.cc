// Shared types as they were at a snapshot.
// Source: Yjs 13.6, src/types/AbstractType.js, type…Snapshot; YText.js, toDelta; Snapshot.js.

#include <algorithm>

#include "ydoc/codec/value_text.h"
#include "ydoc/types/shared_impl.h"
#include "ydoc/view/attributes.h"
#include "ydoc/view/snapshot_lens.h"

namespace ydoc {
namespace {

// Lists and keys --------------------------------------------------------------------------------

/// Yjs shows an item whole if its first unit is shown, unless someone has cut the items at the
/// snapshot before. Here what is shown is what the snapshot holds, and nothing is cut.
std::vector<Value> list_at(const Shared& list, const Snapshot& at) {
  std::vector<Value> values;
  if (!list.exists()) return values;
  const Store& store = list.engine().store;
  const SnapshotLens lens(store, at);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> shown;
  for (ItemRef ref = store.types[list.id()].start; ref != kNoItem; ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    if (!item.countable()) continue;
    shown.clear();
    lens.for_each_shown(
        item, [&](std::uint32_t first, std::uint32_t end) { shown.emplace_back(first, end); });
    if (shown.empty()) continue;
    auto stretch = shown.begin();
    std::uint32_t unit = 0;
    for_each_element(list.engine(), item, [&](Value&& value) {
      if (stretch != shown.end() && unit >= stretch->second) ++stretch;
      if (stretch != shown.end() && unit >= stretch->first) values.push_back(std::move(value));
      ++unit;
    });
  }
  return values;
}

/// One unit of an item.
struct Unit {
  ItemRef ref = kNoItem;
  std::uint32_t offset = 0;
};

/// What held a key's value, or kNoItem: the newest unit that the snapshot knows. Values of a key
/// that have all been deleted since may lie in one item.
Unit shown_under(const Store& store, const SnapshotLens& lens, ItemRef newest) {
  for (ItemRef ref = newest; ref != kNoItem; ref = store.items[ref].left) {
    const Item& item = store.items[ref];
    const std::uint32_t known = lens.known_units(item);
    if (known == 0) continue;
    const ShortId last = ShortId{item.client, item.clock}.plus(known - 1);
    return lens.shows(last) ? Unit{ref, known - 1} : Unit{};
  }
  return {};
}

Value element(Doc::Engine& engine, const Unit& unit) {
  Value found = Any{Undefined{}};
  std::uint32_t at = 0;
  for_each_element(engine, engine.store.items[unit.ref], [&](Value&& value) {
    if (at++ == unit.offset) found = std::move(value);
  });
  return found;
}

Value key_at(const Shared& type, std::string_view key, const Snapshot& at) {
  if (!type.exists()) return Any{Undefined{}};
  const Store& store = type.engine().store;
  const NameId name = store.names.find(key);
  if (name == kNoName) return Any{Undefined{}};
  const Unit unit =
      shown_under(store, SnapshotLens(store, at), store.types[type.id()].newest(name));
  return unit.ref == kNoItem ? Value(Any{Undefined{}}) : element(type.engine(), unit);
}

std::vector<std::pair<std::string, Value>> keys_at(const Shared& type, const Snapshot& at) {
  std::vector<std::pair<std::string, Value>> entries;
  if (!type.exists()) return entries;
  const Store& store = type.engine().store;
  const NameMap* const keys = store.types[type.id()].keys.get();
  if (keys == nullptr) return entries;
  const SnapshotLens lens(store, at);
  for (const auto& [name, newest] : keys->entries()) {
    const Unit unit = shown_under(store, lens, newest);
    if (unit.ref == kNoItem) continue;
    entries.emplace_back(store.names[name], element(type.engine(), unit));
  }
  return entries;
}

// Text ------------------------------------------------------------------------------------------

/// Cuts items so that a snapshot shows each of them whole or not at all. O((clients + ranges) log).
/// Source: splitSnapshotAffectedStructs, iterateDeletedStructs.
void cut_items(Transaction& changes, const Snapshot& snapshot) {
  const ClientTable& clients = changes.store().clients;
  const auto cut = [&](ClientId id, Clock clock) {
    const ClientIndex client = clients.find(id);
    if (client == kNoClient || clock >= clients[client].state) return;
    changes.clean_start({client, static_cast<Clock32>(clock)});
  };
  for (const auto& [client, clock] : snapshot.state().entries()) cut(client, clock);
  for (const DeleteRange& range : snapshot.deletes()) {
    cut(range.client, range.clock);
    cut(range.client, range.clock + range.length);
  }
}

/// Walks over a text whose items have been cut, as toDelta does.
class TextAt {
 public:
  TextAt(Doc::Engine& engine, const Snapshot& at, const Snapshot* previous, const ChangeMark* mark)
      : engine_(engine), store_(engine.store), mark_(mark), at_(store_, at) {
    if (previous != nullptr) previous_.emplace(store_, *previous);
  }

  std::vector<TextRun> run(TypeId text) {
    for (ItemRef ref = store_.types[text].start; ref != kNoItem; ref = store_.items[ref].right) {
      const Item& item = store_.items[ref];
      const ShortId id{item.client, item.clock};
      const bool now = at_.shows(id);
      const bool before = previous_ && previous_->shows(id);
      if (!now && !before) continue;
      switch (item.kind) {
        case ContentKind::string:
          add_text(item, now, before);
          break;
        case ContentKind::type:
        case ContentKind::embed:
          flush();
          for_each_element(engine_, item, [&](Value&& value) {
            runs_.push_back({std::move(value), attributes()});
          });
          break;
        case ContentKind::format:
          if (now) set_format(item);
          break;
        default:
          break;
      }
    }
    flush();
    return std::move(runs_);
  }

 private:
  void add_text(const Item& item, bool now, bool before) {
    if (!now) {
      mark_as(TextChange::removed, item);
    } else if (previous_ && !before) {
      mark_as(TextChange::added, item);
    } else if (change_) {
      flush();
      change_.reset();
    }
    text_ += item.bytes();
  }

  void mark_as(TextChange change, const Item& item) {
    const Id id = store_.wide({item.client, item.clock});
    const std::string_view type = change == TextChange::added ? "added" : "removed";
    if (names(id.client, type)) return;
    flush();
    change_ = mark_ != nullptr && *mark_ ? (*mark_)(change, id)
                                         : Any{Any::Object{{"type", Any{std::string(type)}}}};
  }

  /// Whether the mark in force is this change by this client, so that runs of it are one. Only
  /// the marks of callers that name the client as "user" can be.
  [[nodiscard]] bool names(ClientId client, std::string_view type) const {
    const Any* const user = change_ ? change_->find("user") : nullptr;
    const Any* const what = change_ ? change_->find("type") : nullptr;
    const auto* number = user == nullptr ? nullptr : user->as<double>();
    const auto* text = what == nullptr ? nullptr : what->as<std::string>();
    return number != nullptr && text != nullptr && *number == static_cast<double>(client) &&
           *text == type;
  }

  void set_format(const Item& item) {
    flush();
    const bool off = store_.names[item.format_value()] == "null";
    if (store_.names[item.format_key()] == kChange) {
      change_.reset();
      if (!off) change_ = value_of_text(store_.names[item.format_value()]);
    } else if (off) {
      now_.erase(item.format_key());
    } else {
      now_.set(item.format_key(), item.format_value());
    }
  }

  void flush() {
    if (text_.empty()) return;
    runs_.push_back({std::move(text_), attributes()});
    text_.clear();
  }

  [[nodiscard]] TextFormat attributes() const {
    TextFormat format;
    for (const auto& [key, value] : now_.entries()) {
      format.push_back({std::string(store_.names[key]), value_of_text(store_.names[value])});
    }
    if (change_) format.push_back({std::string(kChange), *change_});
    order_members(format);
    return format;
  }

  static constexpr std::string_view kChange = "ychange";

  Doc::Engine& engine_;
  const Store& store_;
  const ChangeMark* mark_;
  SnapshotLens at_;
  std::optional<SnapshotLens> previous_;
  TextAttributes now_;
  std::optional<Any> change_;  // the value of "ychange"
  std::string text_;
  std::vector<TextRun> runs_;
};

std::vector<TextRun> text_at(const Shared& text, const Snapshot& at, const Snapshot* previous,
                             const ChangeMark* mark) {
  std::vector<TextRun> runs;
  if (!text.exists()) return runs;
  Doc::Engine& engine = text.engine();
  engine.transact(Origin(std::string("cleanup")), [&] {
    cut_items(engine.changes(), at);
    if (previous != nullptr) cut_items(engine.changes(), *previous);
    runs = TextAt(engine, at, previous, mark).run(text.id());
  });
  return runs;
}

}  // namespace

std::vector<Value> Array::values(const Snapshot& at) const {
  return list_at(*this, at);
}
Value Map::get(std::string_view key, const Snapshot& at) const {
  return key_at(*this, key, at);
}
std::vector<std::pair<std::string, Value>> Map::entries(const Snapshot& at) const {
  return keys_at(*this, at);
}
std::vector<Value> XmlFragment::children(const Snapshot& at) const {
  return list_at(*this, at);
}
Value XmlElement::attribute(std::string_view key, const Snapshot& at) const {
  return key_at(*this, key, at);
}
std::vector<std::pair<std::string, Value>> XmlElement::attributes(const Snapshot& at) const {
  return keys_at(*this, at);
}

std::vector<TextRun> Text::delta(const Snapshot& at) {
  return text_at(*this, at, nullptr, nullptr);
}
std::vector<TextRun> Text::delta(const Snapshot& at, const Snapshot& previous,
                                 const ChangeMark& mark) {
  return text_at(*this, at, &previous, &mark);
}

}  // namespace ydoc

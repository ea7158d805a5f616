// Source: Yjs 13.6, src/types/YText.js, YTextEvent.delta.

#include "ydoc/observe/text_delta.h"

#include "base/utf8.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/codec/value_text.h"
#include "ydoc/types/attribute_map.h"
#include "ydoc/types/shared_impl.h"

namespace ydoc {
namespace {

/// A part of a text, in UTF-16 units; it does not begin or end inside a pair.
std::string_view units(std::string_view text, std::uint32_t from, std::uint32_t length) {
  const std::size_t all = righttask::utf16_length(text);
  const std::string_view tail = text_from(text, all, from).rest;
  return tail.substr(0, tail.size() - text_from(tail, all - from, length).rest.size());
}

class TextDelta {
 public:
  TextDelta(Doc::Engine& engine, const ChangeIndex& index)
      : engine_(engine),
        store_(engine.store),
        index_(index),
        null_{store_.names.intern("null"), {}} {}

  [[nodiscard]] std::vector<Change> of(TypeId text);

 private:
  enum class Step : std::uint8_t { none, insert, retain, remove };

  void content(const Item& item, const Piece& piece);
  void mark(ItemRef ref);
  void begin(Step step);
  void finish();

  void note_new(NameId key, const AttributeValue& value);
  void note_removed(NameId key, const AttributeValue& value);
  void note_kept(NameId key, const AttributeValue& value);
  void end_retain() {
    if (step_ == Step::retain) finish();
  }

  [[nodiscard]] bool is_null(const AttributeValue& value) const { return value.json == null_.json; }
  [[nodiscard]] bool equal(const AttributeValue& a, const AttributeValue& b) const {
    return equal_value(store_.names, a, b);
  }
  /// No value is null.
  [[nodiscard]] AttributeValue value_in(const AttributeMap& map, NameId key) const {
    const AttributeValue* const found = map.find(key);
    return found == nullptr ? null_ : *found;
  }
  [[nodiscard]] TextFormat format_of(const AttributeMap& map) const;

  Doc::Engine& engine_;
  Store& store_;
  const ChangeIndex& index_;
  AttributeValue null_;

  AttributeMap now_;        // Yjs: currentAttributes
  AttributeMap before_;     // oldAttributes
  AttributeMap changes_;    // attributes: what retained content gains; null: loses
  bool redundant_ = false;  // the mark at hand counts as deleted

  Step step_ = Step::none;
  std::string text_;
  std::uint32_t length_ = 0;  // retained or removed
  std::vector<Change> delta_;
};

std::vector<Change> TextDelta::of(TypeId text) {
  for (ItemRef ref = store_.types[text].start; ref != kNoItem; ref = store_.items[ref].right) {
    const Item& item = store_.items[ref];
    if (item.kind == ContentKind::format) {
      mark(ref);
    } else if (item.kind == ContentKind::string || item.kind == ContentKind::embed ||
               item.kind == ContentKind::type) {
      index_.for_each_piece(store_, item, [&](const Piece& piece) { content(item, piece); });
    }
  }
  finish();
  while (!delta_.empty() && delta_.back().retain > 0 && delta_.back().attributes.empty()) {
    delta_.pop_back();
  }
  return std::move(delta_);
}

void TextDelta::content(const Item& item, const Piece& piece) {
  if (piece.added) {
    if (piece.deleted) return;
    if (item.kind == ContentKind::string) {
      begin(Step::insert);
      text_ += units(item.bytes(), piece.offset, piece.length);
      return;
    }
    finish();
    for_each_element(engine_, item, [&](Value&& object) {
      delta_.push_back(
          {.insert = std::vector<Value>{std::move(object)}, .attributes = format_of(now_)});
    });
    return;
  }
  if (!piece.deleted && item.deleted) return;
  begin(piece.deleted ? Step::remove : Step::retain);
  length_ += piece.length;
}

void TextDelta::begin(Step step) {
  if (step_ == step) return;
  finish();
  step_ = step;
}

void TextDelta::finish() {
  switch (step_) {
    case Step::none:
      break;
    case Step::insert:
      if (text_.empty()) break;
      delta_.push_back({.insert = std::move(text_), .attributes = format_of(now_)});
      break;
    case Step::retain:
      delta_.push_back({.insert = {}, .retain = length_, .attributes = format_of(changes_)});
      break;
    case Step::remove:
      delta_.push_back({.insert = {}, .remove = length_, .attributes = {}});
      break;
  }
  text_.clear();
  length_ = 0;
  step_ = Step::none;
}

void TextDelta::mark(ItemRef ref) {
  const Item& item = store_.items[ref];
  const NameId key = item.format_key();
  const AttributeValue value{item.format_value(), store_.identity_of(ref)};
  const ShortId id = item.last_id();
  redundant_ = item.deleted;
  if (index_.adds(store_, id)) {
    if (!index_.deletes(id)) note_new(key, value);
  } else if (index_.deletes(id)) {
    note_removed(key, value);
  } else if (!item.deleted) {
    note_kept(key, value);
  }
  if (redundant_) return;
  if (step_ == Step::insert) finish();
  if (is_null(value)) {
    now_.erase(key);
  } else {
    now_.set(key, value);
  }
}

void TextDelta::note_new(NameId key, const AttributeValue& value) {
  if (equal(value_in(now_, key), value)) {
    if (!is_null(value)) redundant_ = true;
    return;
  }
  end_retain();
  if (equal(value, value_in(before_, key))) {
    changes_.erase(key);
  } else {
    changes_.set(key, value);
  }
}

void TextDelta::note_removed(NameId key, const AttributeValue& value) {
  before_.set(key, value);
  const AttributeValue now = value_in(now_, key);
  if (equal(now, value)) return;
  end_retain();
  changes_.set(key, now);
}

void TextDelta::note_kept(NameId key, const AttributeValue& value) {
  before_.set(key, value);
  const AttributeValue* const change = changes_.find(key);
  if (change == nullptr) return;
  if (equal(*change, value)) {
    if (!is_null(*change)) redundant_ = true;
    return;
  }
  end_retain();
  if (is_null(value)) {
    changes_.erase(key);
  } else {
    changes_.set(key, value);
  }
}

TextFormat TextDelta::format_of(const AttributeMap& map) const {
  TextFormat format;
  map.for_each([&](NameId key, const AttributeValue& value) {
    format.push_back({std::string(store_.names[key]), value_of_text(store_.names[value.json])});
  });
  order_members(format);
  return format;
}

}  // namespace

std::vector<Change> text_delta(Doc::Engine& engine, const ChangeIndex& index, TypeId text) {
  return TextDelta(engine, index).of(text);
}

}  // namespace ydoc

#include "ydoc/types/shared.h"

#include "base/check.h"
#include "ydoc/types/shared_impl.h"
#include "ydoc/view/json_view.h"

namespace ydoc {
namespace {

/// Edits end some way before the clocks do, so that no single one meets their end.
constexpr Clock kEditClockMax = kClockMax - kEditUnitsMax;

Shared root(Doc& doc, std::string_view name, TypeKind kind) {
  CHECK(doc.declare_root(name, kind));
  return Shared(doc.engine(), doc.store().find_root(name));
}

}  // namespace

Shared::Shared(Doc::Engine& engine, std::uint32_t type)
    : engine_(&engine), type_(type), generation_(engine.store.types[type].generation) {}

TypeKind Shared::kind() const {
  return exists() ? engine_->store.types[type_].kind : TypeKind::unknown;
}

bool Shared::exists() const {
  return engine_->store.types[type_].generation == generation_;
}

bool Shared::alive() const {
  const SharedType& type = engine_->store.types[type_];
  return exists() && (type.item == kNoItem || !engine_->store.items[type.item].deleted);
}

bool Shared::is_root() const {
  return alive() && engine_->store.types[type_].item == kNoItem;
}

std::string Shared::node_name() const {
  return alive() ? std::string(engine_->store.node_name(type_)) : std::string();
}

std::string Shared::json() const {
  std::string out;
  if (!alive()) return "null";
  append_type_json(out, engine_->store, type_);
  return out;
}

Subscription Shared::observe(std::function<void(const Event&)> listener) const {
  if (!alive()) return {};
  return engine_->observers().types.observe(engine_->store, type_, std::move(listener));
}

Subscription Shared::observe_deep(std::function<void(const Events&)> listener) const {
  if (!alive()) return {};
  return engine_->observers().types.observe_deep(engine_->store, type_, std::move(listener));
}

Edited Shared::may_remove() const {
  if (!alive()) return righttask::fail(EditError::gone);
  return {};
}

Edited Shared::may_insert() const {
  if (!alive()) return righttask::fail(EditError::gone);
  if (!engine_->options.client_id) return righttask::fail(EditError::no_client_id);
  if (engine_->next_id().clock > kEditClockMax) return righttask::fail(EditError::too_large);
  return {};
}

std::uint32_t Shared::list_length() const {
  return alive() ? engine_->store.types[type_].length : 0;
}

Subdocument::Subdocument(std::string guid, Any options, const Id& place)
    : said_(std::make_shared<const Said>(Said{std::move(guid), std::move(options), place})) {}

bool Subdocument::gc() const {
  const Any* const given = options().find("gc");
  return given == nullptr || *given != Any{false};
}
bool Subdocument::auto_load() const {
  const Any* const given = options().find("autoLoad");
  return given != nullptr && *given == Any{true};
}
const Any* Subdocument::meta() const {
  return options().find("meta");
}

Array Doc::array(std::string_view name) {
  return static_cast<Array>(root(*this, name, TypeKind::array));
}
Map Doc::map(std::string_view name) {
  return static_cast<Map>(root(*this, name, TypeKind::map));
}
Text Doc::text(std::string_view name) {
  return static_cast<Text>(root(*this, name, TypeKind::text));
}
XmlFragment Doc::xml_fragment(std::string_view name) {
  return static_cast<XmlFragment>(root(*this, name, TypeKind::xml_fragment));
}
XmlElement Doc::xml_element(std::string_view name) {
  return static_cast<XmlElement>(root(*this, name, TypeKind::xml_element));
}
Text Doc::xml_text(std::string_view name) {
  return static_cast<Text>(root(*this, name, TypeKind::xml_text));
}

template <>
std::optional<Array> as<Array>(const Shared& type) {
  if (type.kind() != TypeKind::array) return std::nullopt;
  return static_cast<Array>(type);
}
template <>
std::optional<Map> as<Map>(const Shared& type) {
  if (type.kind() != TypeKind::map && type.kind() != TypeKind::xml_hook) return std::nullopt;
  return static_cast<Map>(type);
}
template <>
std::optional<Text> as<Text>(const Shared& type) {
  if (!is_text(type.kind())) return std::nullopt;
  return static_cast<Text>(type);
}
template <>
std::optional<XmlFragment> as<XmlFragment>(const Shared& type) {
  const TypeKind kind = type.kind();
  if (kind != TypeKind::xml_fragment && kind != TypeKind::xml_element) return std::nullopt;
  return static_cast<XmlFragment>(type);
}
template <>
std::optional<XmlElement> as<XmlElement>(const Shared& type) {
  if (type.kind() != TypeKind::xml_element) return std::nullopt;
  return static_cast<XmlElement>(type);
}

std::string_view to_string(EditError error) {
  switch (error) {
    case EditError::gone:
      return "gone";
    case EditError::out_of_range:
      return "out_of_range";
    case EditError::invalid_utf8:
      return "invalid_utf8";
    case EditError::wrong_content:
      return "wrong_content";
    case EditError::no_client_id:
      return "no_client_id";
    case EditError::too_large:
      return "too_large";
    case EditError::too_deep:
      return "too_deep";
  }
  return "unknown";
}

NewType::NewType() = default;
NewType::NewType(const NewType&) = default;
NewType::NewType(NewType&&) noexcept = default;
NewType& NewType::operator=(const NewType&) = default;
NewType& NewType::operator=(NewType&&) noexcept = default;
NewType::~NewType() = default;

NewType NewType::array() {
  return array(std::vector<NewValue>{});
}
NewType NewType::array(std::vector<NewValue> children) {
  NewType type;
  type.kind = TypeKind::array;
  type.children = std::move(children);
  return type;
}
NewType NewType::map() {
  return {};
}
NewType NewType::map(std::vector<NewEntry> entries) {
  NewType type;
  type.entries = std::move(entries);
  return type;
}
NewType NewType::text(std::string_view text) {
  NewType type;
  type.kind = TypeKind::text;
  if (!text.empty()) type.delta.push_back({.insert = std::string(text), .attributes = {}});
  return type;
}
NewType NewType::xml_text(std::string_view characters) {
  NewType type = text(characters);
  type.kind = TypeKind::xml_text;
  return type;
}
NewType NewType::xml_fragment() {
  return xml_fragment(std::vector<NewValue>{});
}
NewType NewType::xml_fragment(std::vector<NewValue> children) {
  NewType type = array(std::move(children));
  type.kind = TypeKind::xml_fragment;
  return type;
}
NewType NewType::xml_element(std::string name) {
  return xml_element(std::move(name), {}, {});
}
NewType NewType::xml_element(std::string name, std::vector<NewValue> children) {
  return xml_element(std::move(name), std::move(children), {});
}
NewType NewType::xml_element(std::string name, std::vector<NewValue> children,
                             std::vector<NewEntry> attributes) {
  NewType type = xml_fragment(std::move(children));
  type.kind = TypeKind::xml_element;
  type.name = std::move(name);
  type.entries = std::move(attributes);
  return type;
}

}  // namespace ydoc

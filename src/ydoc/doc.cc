#include "ydoc/doc.h"

#include <algorithm>

#include "base/check.h"
#include "base/reader.h"
#include "ydoc/doc_engine.h"

namespace ydoc {
namespace {

/// What has been decoded, taken from a document's scratch: listeners may decode other updates there
/// meanwhile. Given back empty when the call ends, however it does, unless it has grown large.
class DecodedScratch {
 public:
  explicit DecodedScratch(Update& scratch) : scratch_(scratch), update(std::move(scratch_)) {}
  ~DecodedScratch() {
    if (update.blocks.capacity() > kKept || update.sections.capacity() > kKept ||
        update.deletes.capacity() > kKept) {
      return;
    }
    update.clear();
    scratch_ = std::move(update);
  }
  DecodedScratch(const DecodedScratch&) = delete;
  DecodedScratch& operator=(const DecodedScratch&) = delete;

 private:
  static constexpr std::size_t kKept = 16;

  Update& scratch_;

 public:
  Update update;
};

}  // namespace

std::string_view ApplyFailure::text() const {
  switch (error) {
    case ApplyError::undecodable:
      return to_string(decode);
    case ApplyError::clock_too_large:
      return "clock_too_large";
    case ApplyError::reference_forward:
      return "reference_forward";
    case ApplyError::growth:
      return "growth";
    case ApplyError::too_many_clients:
      return "too_many_clients";
  }
  return "unknown";
}

Doc::Doc(const DocOptions& options) : engine_(std::make_unique<Engine>(options)) {
  CHECK(!options.client_id || *options.client_id <= righttask::kSafeIntegerMax);
}
Doc::~Doc() = default;
Doc::Doc(Doc&&) noexcept = default;
Doc& Doc::operator=(Doc&&) noexcept = default;

righttask::Result<ApplyResult, ApplyFailure> Doc::apply(const Update& update, Origin origin,
                                                        const ApplyBounds& bounds) {
  return engine_->apply(update, std::move(origin), bounds);
}

bool Doc::begin_transaction(Origin origin) {
  return engine_->enter(true, std::move(origin));
}
void Doc::end_transaction() {
  engine_->leave();
}
void Doc::end_transaction_quietly() {
  engine_->leave_quietly();
}

Subscription Doc::on_update_v1(std::function<void(const UpdateEvent&)> listener) {
  return engine_->observers().update_v1.add(std::move(listener));
}
Subscription Doc::on_update_v2(std::function<void(const UpdateEvent&)> listener) {
  return engine_->observers().update_v2.add(std::move(listener));
}

std::optional<ClientId> Doc::client_id() const {
  return engine_->options.client_id;
}
void Doc::set_client_id(ClientId id) {
  CHECK(id <= righttask::kSafeIntegerMax);
  engine_->options.client_id = id;
}

righttask::Result<ApplyResult, ApplyFailure> Doc::apply_update_v1(ByteView bytes, Origin origin,
                                                                  const ApplyBounds& bounds) {
  auto result = engine_->apply_decoded(engine_->scratch.read_v1(bytes, engine_->options.decode),
                                       std::move(origin), bounds);
  if (result && result->changed) {
    engine_->state_bytes = std::max(engine_->state_bytes, bytes.size());
  }
  return result;
}

righttask::Result<ApplyResult, ApplyFailure> Doc::apply_update_v2(ByteView bytes, Origin origin,
                                                                  const ApplyBounds& bounds) {
  return engine_->apply_decoded(engine_->scratch.read_v2(bytes, engine_->options.decode),
                                std::move(origin), bounds);
}

righttask::Result<ApplyResult, ApplyFailure> Doc::Engine::apply_decoded(
    const Decoded<void>& decoded, Origin origin, const ApplyBounds& bounds) {
  const DecodedScratch decoded_scratch(scratch);
  if (!decoded) return righttask::fail(ApplyFailure{ApplyError::undecodable, decoded.error()});
  return apply(decoded_scratch.update, std::move(origin), bounds);
}

Bytes Doc::encode_state_vector_v1() const {
  return state_vector().encode();
}

StateVector Doc::state_vector() const {
  const ClientTable& clients = engine_->store.clients;
  std::vector<StateVector::Entry> entries;
  entries.reserve(clients.size());
  for (ClientIndex i = 0; i < clients.size(); ++i) {
    entries.push_back({clients[i].id, clients[i].state});
  }
  return StateVector(std::move(entries));
}

bool Doc::has_pending() const {
  return has_pending_structs() || has_pending_deletes();
}
bool Doc::has_pending_structs() const {
  return !engine_->pending.empty();
}
bool Doc::has_pending_deletes() const {
  return !engine_->pending_deletes.empty();
}
std::vector<MissingClock> Doc::missing() const {
  return engine_->pending.missing();
}
std::size_t Doc::pending_bytes() const {
  return engine_->pending.bytes() + engine_->pending_deletes.size() * sizeof(DeleteRange);
}

bool Doc::declare_root(std::string_view name, TypeKind kind) {
  SharedType& type = engine_->store.types[engine_->store.root(name)];
  if (type.kind == kind || kind == TypeKind::unknown) return true;
  if (type.kind != TypeKind::unknown) return false;
  type.kind = kind;
  // A newly declared Y.Text takes over the list but has seen no format marks yet (Doc.get).
  type.has_formatting = false;
  return true;
}

std::vector<std::string> Doc::root_names() const {
  std::vector<std::string> names;
  for (const auto& [name, type] : engine_->store.roots.entries()) {
    names.emplace_back(engine_->store.names[name]);
  }
  return names;
}

TypeKind Doc::root_kind(std::string_view name) const {
  const TypeId root = engine_->store.find_root(name);
  return root == kNoType ? TypeKind::unknown : engine_->store.types[root].kind;
}

TypeKind Doc::root_kind_guess(std::string_view name) const {
  const Store& store = engine_->store;
  const TypeId root = store.find_root(name);
  if (root == kNoType) return TypeKind::unknown;
  const SharedType& type = store.types[root];
  if (type.kind != TypeKind::unknown) return type.kind;
  bool xml = false;
  bool other = false;
  for (ItemRef ref = type.start; ref != kNoItem; ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    if (item.kind == ContentKind::string || item.kind == ContentKind::format ||
        item.kind == ContentKind::embed) {
      return TypeKind::text;
    }
    if (item.kind == ContentKind::type) {
      const TypeKind kind = store.types[item.type()].kind;
      (kind == TypeKind::xml_element || kind == TypeKind::xml_text ? xml : other) = true;
    } else if (item.kind != ContentKind::deleted) {
      other = true;
    }
  }
  if (xml && !other) return TypeKind::xml_fragment;
  if (other || type.start != kNoItem) return TypeKind::array;
  return type.keys != nullptr ? TypeKind::map : TypeKind::unknown;
}

const DocOptions& Doc::options() const {
  return engine_->options;
}
std::size_t Doc::memory_bytes() const {
  return sizeof(Engine) + engine_->store.memory_bytes();
}
const Store& Doc::store() const {
  return engine_->store;
}

}  // namespace ydoc

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "ydoc/events.h"
#include "ydoc/store/store.h"

namespace ydoc {

struct Round;
class TransactionEvent;
struct SubdocumentsEvent;

/// The listeners of shared types.
///
/// A type that is deleted takes its listeners with it: they are not called for another type that
/// comes to have its id, and go when their subscriptions end or the id is observed again.
class TypeObservers {
 public:
  struct Entry {
    std::uint32_t generation;  // of the type
    Listeners<const Event&> own;
    Listeners<const Events&> deep;
  };

  [[nodiscard]] Subscription observe(const Store& store, TypeId type,
                                     std::function<void(const Event&)> listener);
  [[nodiscard]] Subscription observe_deep(const Store& store, TypeId type,
                                          std::function<void(const Events&)> listener);

  /// Nothing if nobody listens. Valid until listeners come or go.
  [[nodiscard]] const Entry* find(const Store& store, TypeId type) const;
  /// Nobody listens to any type.
  [[nodiscard]] bool empty() const { return table_->entries.empty(); }

 private:
  struct Table {
    std::unordered_map<TypeId, Entry> entries;
    void drop_unused(TypeId type);
  };

  /// `gone` takes the listeners of a type that had the id before: what they hold may end
  /// subscriptions as it goes.
  [[nodiscard]] Entry& entry(const Store& store, TypeId type, std::optional<Entry>& gone);
  [[nodiscard]] Subscription kept(Subscription of_listener, TypeId type) const;

  std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

/// Who wants to know what happens to a document; made when the first comes.
struct Observers {
  Listeners<const TransactionEvent&> before_transaction;
  /// It has ended; its deleted content is still there.
  Listeners<const TransactionEvent&> before_observers;
  TypeObservers types;
  /// The observers of types have been told; nothing is collected or merged yet.
  Listeners<Round&> after_transaction;
  Listeners<const TransactionEvent&> after_cleanup;
  Listeners<const UpdateEvent&> update_v1;
  Listeners<const UpdateEvent&> update_v2;
  Listeners<const SubdocumentsEvent&> subdocuments;
  Listeners<> all_settled;

  /// Somebody may ask what changed in which types.
  [[nodiscard]] bool want_changes() const {
    return !types.empty() || !after_transaction.empty() || !before_observers.empty() ||
           !after_cleanup.empty() || !subdocuments.empty();
  }
};

}  // namespace ydoc

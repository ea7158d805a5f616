#include "ydoc/doc_engine.h"
#include "ydoc/event.h"

namespace ydoc {

Subscription Doc::on_before_transaction(std::function<void(const TransactionEvent&)> listener) {
  return engine_->observers().before_transaction.add(std::move(listener));
}

Subscription Doc::on_before_observers(std::function<void(const TransactionEvent&)> listener) {
  return engine_->observers().before_observers.add(std::move(listener));
}

Subscription Doc::on_after_transaction(std::function<void(const TransactionEvent&)> listener) {
  return engine_->observers().after_transaction.add(
      [engine = engine_.get(), listener = std::move(listener)](Round& round) {
        listener(TransactionEvent(*engine, round));
      });
}

Subscription Doc::on_after_cleanup(std::function<void(const TransactionEvent&)> listener) {
  return engine_->observers().after_cleanup.add(std::move(listener));
}

Subscription Doc::on_all_settled(std::function<void()> listener) {
  return engine_->observers().all_settled.add(std::move(listener));
}

}  // namespace ydoc

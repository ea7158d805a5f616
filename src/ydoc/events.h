#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace ydoc {

class Event;  // ydoc/event.h
/// Of one transaction, those of the types nearest to the observed one first.
using Events = std::span<const std::reference_wrapper<const Event>>;

/// Who makes a change: nobody in particular, a name, or an object by its address.
using Origin = std::variant<std::monostate, std::string, const void*>;

/// The change of one transaction, as an update for everybody else.
struct UpdateEvent {
  righttask::ByteView update;  // valid during the call
  const Origin& origin;
  bool local;  // made through this document's types, not received
};

/// Keeps a listener registered for as long as it lives; empty ones keep none. May outlive the
/// document.
class [[nodiscard]] Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::move_only_function<void()> cancel) : cancel_(std::move(cancel)) {}
  Subscription(Subscription&& other) noexcept : cancel_(std::exchange(other.cancel_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept {
    if (this != &other) {
      cancel();
      cancel_ = std::exchange(other.cancel_, nullptr);
    }
    return *this;
  }
  ~Subscription() { cancel(); }

  void cancel() {
    if (auto go = std::exchange(cancel_, nullptr)) go();
  }

 private:
  std::move_only_function<void()> cancel_;
};

/// Listeners of one kind, called in the order in which they came. While they are called others
/// may come, to be called from the next time on, and any may go; so may the object itself.
template <typename... Args>
class Listeners {
 public:
  using Listener = std::function<void(Args...)>;

  [[nodiscard]] Subscription add(Listener listener) {
    const std::uint64_t id = ++list_->last_id;
    list_->entries.push_back({id, std::make_shared<Listener>(std::move(listener))});
    // The list may be gone by the time the subscription ends.
    return Subscription([weak = std::weak_ptr<List>(list_), id] {
      if (const auto list = weak.lock()) list->remove(id);
    });
  }

  [[nodiscard]] bool empty() const {
    const auto gone = [](const Entry& entry) { return entry.listener == nullptr; };
    return std::ranges::all_of(list_->entries, gone);
  }

  /// Calls every one of them; the first exception is thrown on when all have been called.
  void call(Args... args) const {
    if (empty()) return;
    const std::shared_ptr<List> list = list_;
    std::exception_ptr thrown;
    {
      const std::size_t count = list->entries.size();
      const Calling calling(*list);
      for (std::size_t i = 0; i < count; ++i) {
        // A listener may end its own subscription.
        const auto listener = list->entries[i].listener;
        if (listener == nullptr) continue;
        try {
          (*listener)(args...);
        } catch (...) {
          if (!thrown) thrown = std::current_exception();
        }
      }
    }
    if (thrown) std::rethrow_exception(thrown);
  }

 private:
  struct Entry {
    std::uint64_t id;
    std::shared_ptr<Listener> listener;  // none: gone, while the list is being called
  };
  struct List {
    std::vector<Entry> entries;
    std::uint64_t last_id = 0;
    unsigned calls = 0;

    void remove(std::uint64_t id) {
      // Goes last: what it holds may subscribe and unsubscribe as it goes.
      std::shared_ptr<Listener> gone;
      const auto at = std::ranges::find(entries, id, &Entry::id);
      if (at != entries.end()) gone = std::exchange(at->listener, nullptr);
      tidy();
    }
    void tidy() {
      if (calls == 0) std::erase_if(entries, [](const Entry& e) { return e.listener == nullptr; });
    }
  };
  struct Calling {
    explicit Calling(List& called) : list(called) { ++list.calls; }
    ~Calling() {
      --list.calls;
      list.tidy();
    }
    Calling(const Calling&) = delete;
    Calling& operator=(const Calling&) = delete;
    List& list;
  };

  std::shared_ptr<List> list_ = std::make_shared<List>();
};

}  // namespace ydoc

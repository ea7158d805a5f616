#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/loop.h"
#include "store/document_store.h"

// How tests talk to a store: ask, then turn the loop until the answer is there.

namespace righttask::store::testing {

[[nodiscard]] inline RoomName room(std::string_view name) {
  return RoomName::parse(name).value();
}

[[nodiscard]] inline WallTime at_ms(std::int64_t ms) {
  return WallTime(std::chrono::milliseconds(ms));
}

[[nodiscard]] inline SharedBytes text(std::string_view content) {
  const ByteView view = byte_view(content);
  return share(Bytes(view.begin(), view.end()));
}

/// An answer that may not be there yet.
template <typename T>
using Pending = std::shared_ptr<std::optional<Result<T, StoreError>>>;

/// A shard's side of a store. Requests are asynchronous; those without `ask_` in their name wait
/// for their answers.
class StoreSession {
 public:
  explicit StoreSession(DocumentStore& store) : store_(store) {}

  runtime::Loop& loop() { return loop_; }
  Post post() {
    return [this](runtime::Task task) { loop_.post_answer(std::move(task)); };
  }

  template <typename T>
  Reply<T> into(const Pending<T>& pending) {
    return {post(), [pending](Result<T, StoreError> result) {
              ASSERT_FALSE(pending->has_value()) << "answered twice";
              pending->emplace(std::move(result));
            }};
  }

  /// Turns the loop until `ready` holds; fails the test after half a minute.
  template <typename Ready>
  bool turn_until(Ready ready) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!ready()) {
      if (std::chrono::steady_clock::now() > give_up) {
        ADD_FAILURE() << "no answer";
        return false;
      }
      loop_.turn(std::chrono::milliseconds(100));
    }
    return true;
  }

  template <typename T>
  Result<T, StoreError> wait(const Pending<T>& pending) {
    if (!turn_until([&] { return pending->has_value(); })) return fail(StoreError::storage_failed);
    return std::move(**pending);
  }

  /// Calls `request(reply)` and waits for the answer.
  template <typename T, typename Request>
  Result<T, StoreError> ask(Request request) {
    const auto pending = std::make_shared<std::optional<Result<T, StoreError>>>();
    request(into<T>(pending));
    EXPECT_FALSE(pending->has_value()) << "answered inside the call";
    return wait<T>(pending);
  }

  Pending<Sequence> ask_append(std::string_view name, std::uint64_t sequence,
                               std::string_view content, Epoch epoch = kFirstEpoch) {
    const auto pending = std::make_shared<std::optional<Result<Sequence, StoreError>>>();
    store_.append({room(name), epoch, Sequence{sequence}, {{text(content), "ann", at_ms(1000)}}},
                  into<Sequence>(pending));
    return pending;
  }
  Result<Sequence, StoreError> append(std::string_view name, std::uint64_t sequence,
                                      std::string_view content, Epoch epoch = kFirstEpoch) {
    return wait<Sequence>(ask_append(name, sequence, content, epoch));
  }
  Result<Sequence, StoreError> append(AppendRequest request) {
    return ask<Sequence>([&](auto r) { store_.append(std::move(request), std::move(r)); });
  }
  Result<LoadedRoom, StoreError> load(std::string_view name) {
    return ask<LoadedRoom>([&](auto r) { store_.load(room(name), std::move(r)); });
  }
  Result<Sequence, StoreError> snapshot(std::string_view name, std::uint64_t sequence,
                                        std::string_view state, Epoch epoch = kFirstEpoch) {
    return ask<Sequence>([&](auto r) {
      store_.write_snapshot({room(name), epoch, Sequence{sequence}, at_ms(2000), text(state)},
                            std::move(r));
    });
  }
  Result<VersionId, StoreError> create_version(VersionRequest request) {
    return ask<VersionId>([&](auto r) { store_.create_version(std::move(request), std::move(r)); });
  }
  Result<VersionPage, StoreError> versions(std::string_view name,
                                           std::optional<VersionId> before = std::nullopt,
                                           std::size_t limit = 100) {
    return ask<VersionPage>(
        [&](auto r) { store_.list_versions(room(name), before, limit, std::move(r)); });
  }
  Result<Version, StoreError> version(std::string_view name, VersionId id) {
    return ask<Version>([&](auto r) { store_.get_version(room(name), id, std::move(r)); });
  }
  Result<RoomPage, StoreError> rooms(std::optional<RoomName> after = std::nullopt,
                                     std::size_t limit = 100) {
    return ask<RoomPage>([&](auto r) { store_.list_rooms(after, limit, std::move(r)); });
  }
  Result<Epoch, StoreError> delete_room(std::string_view name, Bytes epitaph = {}) {
    return ask<Epoch>([&](auto r) {
      store_.delete_room(room(name), at_ms(9000), std::move(epitaph), std::move(r));
    });
  }
  Result<Epoch, StoreError> quarantine(std::string_view name, std::string_view data,
                                       Epoch epoch = kFirstEpoch) {
    return ask<Epoch>([&](auto r) {
      store_.quarantine({room(name), epoch, "ann", "a test says so", at_ms(1000), text(data)},
                        std::move(r));
    });
  }
  Result<Sequence, StoreError> set_aside(std::string_view name, std::uint64_t sequence,
                                         Epoch epoch = kFirstEpoch) {
    return ask<Sequence>([&](auto r) {
      store_.set_aside(room(name), epoch, Sequence{sequence}, "a test says so", std::move(r));
    });
  }
  Result<BackupInfo, StoreError> backup(const std::string& file) {
    return ask<BackupInfo>([&](auto r) { store_.backup(file, std::move(r)); });
  }
  Result<VerifyReport, StoreError> verify() {
    return ask<VerifyReport>([&](auto r) { store_.verify(std::move(r)); });
  }

 private:
  DocumentStore& store_;
  runtime::Loop loop_;
};

/// The room's content as "state|update,update,…", to compare in one line.
[[nodiscard]] inline std::string content(const LoadedRoom& loaded) {
  std::string out;
  if (loaded.snapshot) out += std::string(as_text(loaded.snapshot->state)) + "|";
  for (std::size_t i = 0; i < loaded.updates.size(); ++i) {
    if (i > 0) out += ',';
    out += as_text(loaded.updates[i].data);
  }
  return out;
}

}  // namespace righttask::store::testing

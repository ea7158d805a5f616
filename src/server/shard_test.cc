#include "server/shard.h"

#include <gtest/gtest.h>

#include <memory>

#include "store/memory/memory_store.h"

namespace righttask::server {
namespace {

/// Answers when it is told to, as a store with threads of its own may.
class LateStore final : public store::MemoryStore {
 public:
  void watch(store::Post post, std::function<void(StorageState)> /*changed*/) override {
    late = std::move(post);
  }

  store::Post late;
};

// The store answers everything that it was asked before it ends, and it outlives the shard. Fails
// under AddressSanitizer, which sees what is read of the shard then.
TEST(Shard, AnAnswerMayComeWhenItHasGone) {  // STO-29
  runtime::Loop loop;
  LateStore store;
  ShardOptions options;
  options.store = &store;
  auto shard = std::make_unique<Shard>(loop, std::move(options), ops::open_log("off"));
  shard.reset();
  bool ran = false;
  store.late([&ran] { ran = true; });
  loop.turn(std::chrono::seconds(0));
  EXPECT_FALSE(ran) << "there is no room for it";
}

}  // namespace
}  // namespace righttask::server

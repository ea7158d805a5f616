#include "runtime/worker.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "runtime/guarded.h"
#include "runtime/work_queue.h"

namespace righttask::runtime {
namespace {

TEST(WorkQueue, HandsOutAllThatHasGatheredInOrder) {
  WorkQueue<int> queue(100);
  EXPECT_TRUE(queue.push(1, 1));
  EXPECT_TRUE(queue.push(2, 1));
  std::vector<int> out{0};
  EXPECT_TRUE(queue.take(out));
  EXPECT_EQ(out, (std::vector{0, 1, 2}));
}

TEST(WorkQueue, WhatIsTakenCountsUntilItIsReleased) {
  WorkQueue<int> queue(10);
  EXPECT_TRUE(queue.push(1, 6));
  EXPECT_FALSE(queue.push(2, 5));
  std::vector<int> out;
  EXPECT_TRUE(queue.take(out));
  EXPECT_FALSE(queue.push(2, 5));
  EXPECT_EQ(queue.cost(), 6u);
  queue.release(6);
  EXPECT_TRUE(queue.push(2, 5));
}

TEST(WorkQueue, AnEmptyQueueTakesOneItemOfAnyCost) {
  WorkQueue<int> queue(10);
  EXPECT_TRUE(queue.push(1, 1000));
  EXPECT_FALSE(queue.push(2, 1));
  EXPECT_TRUE(queue.push(3, 0));
  queue.release(1000);
  EXPECT_TRUE(queue.push(2, 1));
}

TEST(WorkQueue, ClosedItHandsOutTheRestAndThenEnds) {
  WorkQueue<int> queue(10);
  EXPECT_TRUE(queue.push(1, 1));
  queue.close();
  EXPECT_FALSE(queue.push(2, 1));
  std::vector<int> out;
  EXPECT_TRUE(queue.take(out));
  EXPECT_EQ(out.size(), 1u);
  EXPECT_FALSE(queue.take(out));
}

TEST(WorkQueue, TakeReturnsEmptyHandedWhenTheTimeIsOver) {
  WorkQueue<int> queue(10);
  std::vector<int> out;
  EXPECT_TRUE(queue.take(out, Duration::zero()));
  EXPECT_TRUE(out.empty());
}

TEST(Worker, RunsInOrderAndFinishesBeforeItGoes) {
  std::vector<int> ran;
  {
    Worker worker("test");
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(worker.post([&ran, i] { ran.push_back(i); }));
  }
  ASSERT_EQ(ran.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(Guarded, OneThreadAtATime) {
  Guarded<int> number(0);
  {
    Worker a("a"), b("b");
    for (int i = 0; i < 1000; ++i) {
      a.post([&] { number.with([](int& n) { ++n; }); });
      b.post([&] { number.with([](int& n) { ++n; }); });
    }
  }
  EXPECT_EQ(number.get(), 2000);
}

TEST(Thread, LeavesSignalsToTheLoop) {
  sigset_t mine;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &mine), 0);
  ASSERT_EQ(sigismember(&mine, SIGTERM), 0);
  sigset_t its;
  {
    const Thread thread("test", [&its] { pthread_sigmask(SIG_SETMASK, nullptr, &its); });
  }
  EXPECT_EQ(sigismember(&its, SIGTERM), 1);
  EXPECT_EQ(sigismember(&its, SIGINT), 1);
  EXPECT_EQ(sigismember(&its, SIGSEGV), 0);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &mine), 0);
  EXPECT_EQ(sigismember(&mine, SIGTERM), 0);
}

}  // namespace
}  // namespace righttask::runtime

#include "runtime/loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "runtime/file_descriptor.h"
#include "runtime/process.h"
#include "runtime/signals.h"

namespace righttask::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Nothing is ever ready, and time passes only by waiting.
class VirtualPoller final : public Poller {
 public:
  bool add(int, std::uint64_t, Readiness) override { return true; }
  void modify(int, std::uint64_t, Readiness) override {}
  void remove(int) override {}
  std::size_t wait(std::span<Event>, std::optional<Duration> timeout) override {
    waited = timeout;
    if (timeout) now_ += *timeout;
    return 0;
  }
  void wake() override {}
  Instant now() override { return now_; }

  std::optional<Duration> waited;

 private:
  Instant now_{seconds{1000}};
};

struct VirtualLoop {
  VirtualPoller* poller = new VirtualPoller;
  Loop loop{std::unique_ptr<Poller>(poller)};
};

struct Recorder final : IoSource {
  void on_ready(std::uint64_t tag, Readiness ready) override {
    tags.push_back(tag);
    last = ready;
    if (then) then();
  }
  std::vector<std::uint64_t> tags;
  Readiness last;
  std::function<void()> then;
};

struct SocketPair {
  SocketPair() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    a.reset(fds[0]);
    b.reset(fds[1]);
  }
  FileDescriptor a, b;
};

TEST(Loop, RunsTimersInOrderOfTimeThenOfSetting) {
  VirtualLoop v;
  std::string order;
  v.loop.call_after(seconds{2}, [&] { order += 'c'; });
  v.loop.call_after(seconds{1}, [&] { order += 'a'; });
  v.loop.call_after(seconds{1}, [&] { order += 'b'; });
  v.loop.turn(milliseconds{500});
  EXPECT_EQ(order, "");
  v.loop.turn(hours{1});
  EXPECT_EQ(order, "ab");
  v.loop.turn(hours{1});
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(v.poller->waited, seconds{1});
}

TEST(Loop, ForgetsCancelledTimers) {
  VirtualLoop v;
  int ran = 0;
  const TimerId kept = v.loop.call_after(hours{2}, [&] { ++ran; });
  for (int i = 0; i < 10'000; ++i) {
    v.loop.cancel(v.loop.call_after(seconds{1}, [&] { ran += 100; }));
  }
  v.loop.turn(hours{1});
  EXPECT_EQ(v.poller->waited, hours{1});
  v.loop.turn(hours{1});
  EXPECT_EQ(ran, 1);
  v.loop.cancel(kept);
  EXPECT_EQ(v.loop.turn(seconds{0}), 0U);
}

TEST(Loop, LetsATimerThatRearmsItselfWaitForTheNextTurn) {
  VirtualLoop v;
  int ran = 0;
  std::function<void()> again = [&] {
    ++ran;
    v.loop.call_at(v.loop.now(), [&] { again(); });
  };
  again();
  v.loop.turn(seconds{1});
  EXPECT_EQ(ran, 2);
  v.loop.turn(seconds{1});
  EXPECT_EQ(ran, 3);
}

TEST(Loop, EndsTheTurnWithWhatWasAskedForIt) {
  VirtualLoop v;
  std::string order;
  v.loop.call_after(seconds{0}, [&] {
    v.loop.at_end_of_turn([&] {
      order += 'b';
      v.loop.at_end_of_turn([&] { order += 'c'; });
    });
    order += 'a';
  });
  v.loop.turn(seconds{0});
  EXPECT_EQ(order, "abc");
}

TEST(Loop, BoundsAnEndOfTurnThatNeverEnds) {
  VirtualLoop v;
  int ran = 0;
  std::function<void()> again = [&] {
    ++ran;
    v.loop.at_end_of_turn([&] { again(); });
  };
  again();
  v.loop.turn(hours{1});
  const int first = ran;
  EXPECT_LT(first, 100);
  v.loop.turn(hours{1});
  EXPECT_GT(ran, first);
  EXPECT_EQ(v.poller->waited, Duration::zero());
}

TEST(Loop, ReportsReadinessWithTheTagCutTo56Bits) {
  Loop loop;
  SocketPair pair;
  Recorder recorder;
  const auto source = loop.add_source(recorder);
  ASSERT_TRUE(loop.watch(pair.a.get(), source, 0xab12'3456'789a'bcde, {.readable = true}));
  EXPECT_EQ(loop.turn(seconds{0}), 0U);
  ASSERT_EQ(write(pair.b.get(), "x", 1), 1);
  EXPECT_EQ(loop.turn(seconds{5}), 1U);
  EXPECT_EQ(recorder.tags, std::vector<std::uint64_t>{0x12'3456'789a'bcde});
  EXPECT_EQ(recorder.last, (Readiness{.readable = true}));

  loop.modify(pair.a.get(), source, 1, {.writable = true});
  loop.turn(seconds{5});
  EXPECT_EQ(recorder.last, (Readiness{.writable = true}));

  loop.modify(pair.a.get(), source, 1, {});
  pair.b.reset();
  loop.turn(seconds{5});
  EXPECT_TRUE(recorder.last.broken);

  loop.unwatch(pair.a.get());
  EXPECT_EQ(loop.turn(seconds{0}), 0U);
}

TEST(Loop, SkipsEventsOfASourceThatHasGone) {
  Loop loop;
  SocketPair one, two;
  Recorder first, second;
  const auto a = loop.add_source(first);
  const auto b = loop.add_source(second);
  ASSERT_TRUE(loop.watch(one.a.get(), a, 1, {.readable = true}));
  ASSERT_TRUE(loop.watch(two.a.get(), b, 2, {.readable = true}));
  first.then = [&] { loop.remove_source(b); };
  second.then = [&] { loop.remove_source(a); };
  ASSERT_EQ(write(one.b.get(), "x", 1), 1);
  ASSERT_EQ(write(two.b.get(), "x", 1), 1);
  loop.turn(seconds{5});
  EXPECT_EQ(first.tags.size() + second.tags.size(), 1U);
}

TEST(Loop, TakesTasksFromOtherThreads) {
  Loop loop;
  int sum = 0;
  std::thread other([&] {
    for (int i = 1; i <= 1000; ++i) {
      EXPECT_TRUE(loop.post([&sum, i] { sum += i; }));
    }
    EXPECT_TRUE(loop.post([&loop] { loop.stop(); }));
  });
  loop.run();
  other.join();
  EXPECT_EQ(sum, 500'500);
}

TEST(Loop, RefusesTasksPastItsMailbox) {
  Loop loop;
  std::size_t ran = 0;
  for (std::size_t i = 0; i < Loop::kMailboxMax; ++i) ASSERT_TRUE(loop.post([&] { ++ran; }));
  EXPECT_FALSE(loop.post([&] { ++ran; }));
  loop.turn(seconds{0});
  EXPECT_EQ(ran, Loop::kMailboxMax);
  EXPECT_TRUE(loop.post([] {}));
}

TEST(Loop, AnswersAreNeverRefused) {
  Loop loop;
  std::size_t ran = 0;
  for (std::size_t i = 0; i < Loop::kMailboxMax; ++i) ASSERT_TRUE(loop.post([&] { ++ran; }));
  loop.post_answer([&] { ++ran; });
  EXPECT_FALSE(loop.post([&] { ++ran; }));
  loop.turn(seconds{0});
  EXPECT_EQ(ran, Loop::kMailboxMax + 1);
}

TEST(Loop, StopBeforeRunEndsItAtOnce) {
  Loop loop;
  loop.stop();
  loop.run();
}

TEST(Signals, ArriveAsCallsOnTheLoop) {
  Loop loop;
  std::vector<int> got;
  Signals signals(loop, {SIGUSR1, SIGUSR2}, [&](int signal) { got.push_back(signal); });
  raise(SIGUSR2);
  loop.turn(seconds{5});
  raise(SIGUSR1);
  loop.turn(seconds{5});
  EXPECT_EQ(got, (std::vector<int>{SIGUSR2, SIGUSR1}));
}

TEST(Process, RaisesTheOpenFileLimit) {
  EXPECT_GE(raise_open_file_limit(), 1024U);
  EXPECT_EQ(raise_open_file_limit(), open_file_limit());
  EXPECT_EQ(error_text(98), "Address already in use");
}

}  // namespace
}  // namespace righttask::runtime

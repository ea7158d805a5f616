#include "ydoc/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace ydoc {
namespace {

using ::testing::ElementsAre;

// DOC-45
TEST(Listeners, OneThatThrowsDoesNotSilenceTheOthers) {
  Listeners<int> listeners;
  std::vector<int> heard;
  const auto first = listeners.add([&](int) { throw std::runtime_error("first"); });
  const auto second = listeners.add([&](int value) { heard.push_back(value); });
  const auto third = listeners.add([&](int) { throw std::runtime_error("third"); });
  const auto fourth = listeners.add([&](int value) { heard.push_back(-value); });
  try {
    listeners.call(7);
    ADD_FAILURE() << "nothing thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "first");
  }
  EXPECT_THAT(heard, ElementsAre(7, -7));
}

TEST(Listeners, MayComeAndGoWhileTheyAreCalled) {
  Listeners<> listeners;
  std::vector<std::string> heard;
  Subscription late;
  Subscription doomed;
  Subscription own;
  own = listeners.add([&] {
    heard.push_back("once");
    doomed.cancel();
    late = listeners.add([&] { heard.push_back("late"); });
    own.cancel();
  });
  doomed = listeners.add([&] { heard.push_back("doomed"); });
  listeners.call();
  EXPECT_THAT(heard, ElementsAre("once"));
  listeners.call();
  EXPECT_THAT(heard, ElementsAre("once", "late"));
}

TEST(Listeners, MayEndWhatCallsThem) {
  auto listeners = std::make_unique<Listeners<>>();
  int heard = 0;
  const auto first = listeners->add([&] {
    ++heard;
    listeners.reset();
  });
  const auto second = listeners->add([&] { ++heard; });
  listeners->call();
  EXPECT_EQ(heard, 2);
  EXPECT_EQ(listeners, nullptr);
}

TEST(Listeners, MayComeWhenOneGoes) {
  Listeners<> listeners;
  std::vector<std::string> heard;
  Subscription late;
  auto goodbye = std::shared_ptr<void>(
      nullptr, [&](void*) { late = listeners.add([&] { heard.push_back("late"); }); });
  Subscription first = listeners.add([goodbye] {});
  const Subscription second = listeners.add([&] { heard.push_back("second"); });
  goodbye.reset();
  first.cancel();
  listeners.call();
  EXPECT_THAT(heard, ElementsAre("second", "late"));
}

TEST(Listeners, ASubscriptionMayOutliveThem) {
  auto listeners = std::make_unique<Listeners<>>();
  auto subscription = listeners->add([] {});
  listeners.reset();
  subscription.cancel();
}

}  // namespace
}  // namespace ydoc

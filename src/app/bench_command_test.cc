#include "app/bench_command.h"

#include <gtest/gtest.h>

#include "app/options.h"

namespace righttask::app {
namespace {

std::variant<ServeOptions, TokenCommand, DocCommand, BenchCommand, Exit> parse(
    std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bench");
  return parse_command_line(arguments, "1.2.3", {});
}

loadgen::Plan plan_of(const std::vector<std::string>& arguments) {
  auto parsed = parse(arguments);
  const auto* exit = std::get_if<Exit>(&parsed);
  EXPECT_EQ(exit, nullptr) << (exit != nullptr ? exit->err : "");
  return std::get<BenchCommand>(parsed).plan;
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto parsed = parse(arguments);
  const auto* exit = std::get_if<Exit>(&parsed);
  return exit != nullptr && exit->code == kBenchUnusable ? exit->err : "";
}

TEST(BenchOptions, AUrlIsEnough) {
  const auto plan = plan_of({"ws://localhost:4000"});
  EXPECT_EQ(plan.swarm.target.host, "localhost");
  EXPECT_EQ(plan.swarm.target.port, 4000);
  EXPECT_EQ(plan.dialect, loadgen::DialectName::phoenix);
  EXPECT_EQ(plan.dialect_options.path, "");
  EXPECT_EQ(plan.seating.members, 100u);
  EXPECT_EQ(plan.seating.rooms(), 1u);
  EXPECT_EQ(plan.seating.senders_per_room, 0u);
}

TEST(BenchOptions, ReadUrls) {
  const auto plan = plan_of({"http://[::1]/a/b?x=1&y=2"});
  EXPECT_EQ(plan.swarm.target.host, "::1");
  EXPECT_EQ(plan.swarm.target.port, 80);
  EXPECT_EQ(plan.dialect_options.path, "/a/b");
  EXPECT_EQ(plan.dialect_options.query, "x=1&y=2");
  EXPECT_EQ(plan_of({"ws://h:1?q"}).dialect_options.query, "q");
  EXPECT_EQ(plan_of({"ws://[::1]:81/"}).swarm.target.port, 81);
}

TEST(BenchOptions, SeatClientsByRoomsOrByMembers) {
  const auto by_rooms = plan_of({"ws://h:1", "--connections", "40", "--rooms", "4"});
  EXPECT_EQ(by_rooms.seating.members_per_room, 10u);
  const auto by_members = plan_of({"ws://h:1", "--connections", "40", "--members-per-room", "8",
                                   "--senders", "5", "--slow", "3"});
  EXPECT_EQ(by_members.seating.rooms(), 5u);
  EXPECT_EQ(by_members.seating.room_of(39), 4u);
  EXPECT_TRUE(by_members.seating.deaf(7));
  EXPECT_FALSE(by_members.seating.deaf(4));
}

TEST(BenchOptions, ReadListsAndTimes) {
  const auto plan = plan_of({"ws://h:1", "--from", "127.0.0.2,127.0.0.3", "--memory-at", "0,50",
                             "--pid", "1", "--duration", "2.5", "--dialect", "socket.io"});
  EXPECT_EQ(plan.swarm.from, (std::vector<std::string>{"127.0.0.2", "127.0.0.3"}));
  EXPECT_EQ(plan.memory_at, (std::vector<std::uint32_t>{0, 50}));
  EXPECT_EQ(plan.duration, std::chrono::milliseconds(2500));
  EXPECT_EQ(plan.dialect, loadgen::DialectName::socket_io);
}

TEST(BenchOptions, AreRefusedInWordsThatHelp) {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view says;
  };
  const Case cases[] = {
      {{}, "url is required"},
      {{"localhost:4000"}, "as in ws://127.0.0.1:4000"},
      {{"wss://h:1"}, "TLS is not spoken"},
      {{"ws://h:x"}, "the port must be a number"},
      {{"ws://h:0"}, "the port must not be 0"},
      {{"ws://:1"}, "the address before the colon is missing"},
      {{"ws://h:1", "--dialect", "mqtt"}, "mqtt not in"},
      {{"ws://h:1", "--connections", "10", "--rooms", "3"}, "a multiple of the rooms"},
      {{"ws://h:1", "--connections", "10", "--members-per-room", "4"}, "a multiple of the members"},
      {{"ws://h:1", "--rooms", "2", "--members-per-room", "50"}, "excludes"},
      {{"ws://h:1", "--connections", "4", "--senders", "3", "--slow", "2"}, "a room has 4 clients"},
      {{"ws://h:1", "--memory-at", "10"}, "--pid"},
      {{"ws://h:1", "--storm", "101"}, "--storm"},
      {{"ws://h:1", "--dialect", "y-websocket", "--in-flight", "1"}, "do not answer updates"},
      {{"ws://h:1", "--in-flight", "1", "--rate", "5"}, "excludes"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.says);
    EXPECT_NE(refusal(c.arguments).find(c.says), std::string::npos) << refusal(c.arguments);
  }
}

TEST(Bench, SaysThatNobodyListens) {
  // The port of echo, in a range where nothing is given out by itself.
  auto parsed = parse({"ws://127.0.0.1:7", "--connections", "1", "--quiet"});
  const Exit exit = run_bench(std::get<BenchCommand>(std::move(parsed)), 0);
  EXPECT_EQ(exit.code, kBenchUnusable);
  EXPECT_EQ(exit.err, "righttask bench: nobody gets in: connect: Connection refused\n");
}

}  // namespace
}  // namespace righttask::app

#include "app/limit_options.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace righttask::app {
namespace {

/// Every flag, with a value that is not its default, and what it must have changed.
struct Row {
  std::string flag;
  std::string value;
  std::function<bool(const Limits&)> took;
};

const std::vector<Row>& rows() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  static const std::vector<Row> all = {
      {"--connections-max", "7", [](const Limits& l) { return l.connections_max == 7; }},
      {"--connections-per-address-max", "7",
       [](const Limits& l) { return l.connections_per_address_max == 7; }},
      {"--half-open-max", "7", [](const Limits& l) { return l.half_open_connections_max == 7; }},
      {"--request-time-max", "7",
       [](const Limits& l) { return l.http_request_time_max == seconds{7}; }},
      {"--receive-rate-min", "2KiB",
       [](const Limits& l) { return l.receive_bytes_per_second_min == 2048; }},
      {"--message-time-max", "7", [](const Limits& l) { return l.message_time_max == seconds{7}; }},
      {"--incomplete-bytes-max", "2MiB",
       [](const Limits& l) { return l.incomplete_bytes_max == 2u << 20; }},
      {"--idle-time-max", "7", [](const Limits& l) { return l.idle_time_max == seconds{7}; }},
      {"--http-head-bytes-max", "4KiB",
       [](const Limits& l) { return l.http_header_bytes_max == 4096; }},
      {"--http-body-bytes-max", "2MiB",
       [](const Limits& l) { return l.http_body_bytes_max == 2u << 20; }},
      {"--message-bytes-max", "1MiB",
       [](const Limits& l) { return l.message_bytes_max == 1u << 20; }},
      {"--outbox-bytes-max", "1MiB",
       [](const Limits& l) { return l.outbox_bytes_max == 1u << 20; }},
      {"--join-state-bytes-max", "2MiB",
       [](const Limits& l) { return l.join_state_bytes_max == 2u << 20; }},
      {"--messages-per-second-max", "7",
       [](const Limits& l) { return l.messages_per_second_max == 7; }},
      {"--bytes-per-second-max", "65536",
       [](const Limits& l) { return l.bytes_per_second_max == 65'536; }},
      {"--rate-burst", "7", [](const Limits& l) { return l.rate_burst == seconds{7}; }},
      {"--version-interval", "7", [](const Limits& l) { return l.version_interval == seconds{7}; }},
      {"--version-updates", "7", [](const Limits& l) { return l.version_updates == 7; }},
      {"--versions-per-room-max", "7",
       [](const Limits& l) { return l.versions_per_room_max == 7; }},
      {"--named-versions-per-room-max", "7",
       [](const Limits& l) { return l.named_versions_per_room_max == 7; }},
      {"--crowd-members-min", "7", [](const Limits& l) { return l.crowd_members_min == 7; }},
      {"--hold-max", "7", [](const Limits& l) { return l.hold_max == milliseconds{7}; }},
      {"--presence-hold", "7", [](const Limits& l) { return l.presence_hold == milliseconds{7}; }},
      {"--document-rest", "7", [](const Limits& l) { return l.document_rest == seconds{7}; }},
      {"--rooms-max", "7", [](const Limits& l) { return l.rooms_max == 7; }},
      {"--members-per-room-max", "7", [](const Limits& l) { return l.members_per_room_max == 7; }},
      {"--joins-per-second-max", "7", [](const Limits& l) { return l.joins_per_second_max == 7; }},
      {"--join-wait-max", "7", [](const Limits& l) { return l.join_wait_max == seconds{7}; }},
      {"--first-join-time-max", "7",
       [](const Limits& l) { return l.first_join_time_max == seconds{7}; }},
      {"--document-bytes-max", "1MiB",
       [](const Limits& l) { return l.document_bytes_max == 1u << 20; }},
      {"--new-clients-per-connection-max", "7",
       [](const Limits& l) { return l.new_clients_per_connection_max == 7; }},
      {"--awareness-per-second-max", "7",
       [](const Limits& l) { return l.awareness_per_second_max == 7; }},
      {"--rooms-per-connection-max", "7",
       [](const Limits& l) { return l.channels_per_connection_max == 7; }},
      {"--pending-bytes-max", "1MiB",
       [](const Limits& l) { return l.pending_bytes_max == 1u << 20; }},
      {"--conflict-steps-max", "7", [](const Limits& l) { return l.conflict_steps_max == 7; }},
      {"--awareness-relays-per-second-max", "7",
       [](const Limits& l) { return l.awareness_relays_per_second_max == 7; }},
      {"--syncs-per-second-max", "7", [](const Limits& l) { return l.syncs_per_second_max == 7; }},
      {"--awareness-bytes-max", "1KiB",
       [](const Limits& l) { return l.awareness_bytes_max == 1024; }},
  };
  return all;
}

std::string environment_of(const std::string& flag) {
  std::string name = "RIGHTTASK_" + flag.substr(2);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

/// What `serve` makes of these; the error's text when it refuses.
std::string parse(std::vector<std::string> arguments, Limits& limits) {
  CLI::App verb("serve");
  declare_limits(verb, limits);
  std::ranges::reverse(arguments);
  try {
    verb.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

TEST(LimitOptions, EachFlagSetsItsLimit) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.flag);
    Limits limits;
    EXPECT_FALSE(row.took(limits));
    EXPECT_EQ(parse({row.flag, row.value}, limits), "");
    EXPECT_TRUE(row.took(limits));
  }
}

TEST(LimitOptions, EachHasAVariableOfTheSameName) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.flag);
    const std::string name = environment_of(row.flag);
    Limits limits;
    setenv(name.c_str(), row.value.c_str(), 1);
    EXPECT_EQ(parse({}, limits), "");
    unsetenv(name.c_str());
    EXPECT_TRUE(row.took(limits));
  }
}

TEST(LimitOptions, TheTestKnowsEveryFlag) {
  Limits limits;
  CLI::App verb("serve");
  declare_limits(verb, limits);
  std::vector<std::string> declared;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_name() != "--help") declared.push_back(option->get_name());
  }
  std::vector<std::string> known;
  for (const Row& row : rows()) known.push_back(row.flag);
  std::ranges::sort(declared);
  std::ranges::sort(known);
  EXPECT_EQ(declared, known);
}

TEST(LimitOptions, NothingGivenIsTheDefaults) {
  Limits limits;
  EXPECT_EQ(parse({}, limits), "");
  for (const Row& row : rows()) EXPECT_FALSE(row.took(limits)) << row.flag;
}

TEST(LimitOptions, RefusesWhatMakesNoSense) {
  const std::vector<std::string> cases[] = {
      {"--half-open-max", "0"},
      {"--connections-max", "-1"},
      {"--message-bytes-max", "lots"},
      {"--message-bytes-max", "8GiB"},
      {"--request-time-max", "0"},
      {"--request-time-max", "100000"},
      {"--http-head-bytes-max", "10"},
      {"--rate-burst", "0"},
      {"--connections-max", "5000000000"},
  };
  for (const auto& arguments : cases) {
    Limits limits;
    EXPECT_NE(parse(arguments, limits).find(arguments[0]), std::string::npos) << arguments[1];
  }
}

}  // namespace
}  // namespace righttask::app

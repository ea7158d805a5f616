#include "app/limit_options.h"

#include <CLI/CLI.hpp>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

namespace righttask::app {
namespace {

/// "--rooms-max" is RIGHTTASK_ROOMS_MAX in the environment.
std::string environment_name(const std::string& flag) {
  std::string name = "RIGHTTASK_";
  for (const char c : flag.substr(2)) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes > 0 && bytes % (1u << 20) == 0) return std::to_string(bytes >> 20) + "MiB";
  if (bytes > 0 && bytes % (1u << 10) == 0) return std::to_string(bytes >> 10) + "KiB";
  return std::to_string(bytes);
}

class LimitFlags {
 public:
  explicit LimitFlags(CLI::App& verb) : verb_(verb) {}

  /// A number of things.
  template <typename Number>
  void count(const std::string& flag, Number& value, const std::string& about,
             std::uint64_t least) {
    add(flag, value, about, least, std::to_string(value));
  }

  /// A number of bytes: 65536, 64KiB, 16MiB.
  template <typename Number>
  void size(const std::string& flag, Number& value, const std::string& about, std::uint64_t least) {
    add(flag, value, about, least, size_text(value))->transform(CLI::AsSizeValue(false));
  }

  /// Whole seconds.
  void seconds(const std::string& flag, std::chrono::seconds& value, const std::string& about,
               std::uint32_t least) {
    duration(flag, value, about, least, 86'400);  // a day
  }

  /// Whole milliseconds, up to a second.
  void milliseconds(const std::string& flag, std::chrono::milliseconds& value,
                    const std::string& about) {
    duration(flag, value, about, 0, 1000);
  }

 private:
  template <typename Unit>
  void duration(const std::string& flag, Unit& value, const std::string& about, std::uint32_t least,
                std::uint32_t most) {
    verb_
        .add_option_function<std::uint32_t>(
            flag, [&value](const std::uint32_t& given) { value = Unit(given); }, about)
        ->check(CLI::Range(least, most))
        ->default_str(std::to_string(value.count()))
        ->envname(environment_name(flag));
  }

  template <typename Number>
  CLI::Option* add(const std::string& flag, Number& value, const std::string& about,
                   std::uint64_t least, const std::string& shown) {
    constexpr std::uint64_t kMost = std::is_same_v<Number, std::uint32_t>
                                        ? std::numeric_limits<std::uint32_t>::max()
                                        : kSizeMost;
    return verb_.add_option(flag, value, about)
        ->check(CLI::Range(least, kMost))
        ->default_str(shown)
        ->envname(environment_name(flag));
  }

  static constexpr std::uint64_t kSizeMost = 1u << 30;  // frames count their bytes in 32 bits

  CLI::App& verb_;
};

void declare_connection_limits(LimitFlags& flags, Limits& limits) {
  flags.count("--connections-max", limits.connections_max,
              "Connections in all; 0: as many as open files allow", 0);
  flags.count("--connections-per-address-max", limits.connections_per_address_max,
              "Connections from one address, or one IPv6 /64; loopback is exempt", 1);
  flags.count("--half-open-max", limits.half_open_connections_max,
              "Connections that have not finished a request", 1);
  flags.seconds("--request-time-max", limits.http_request_time_max,
                "Seconds to send the head of a request, an upgrade's too", 1);
  flags.size("--receive-rate-min", limits.receive_bytes_per_second_min,
             "Bytes a second at which a body or a message must come; 0: any", 0);
  flags.seconds("--message-time-max", limits.message_time_max,
                "Seconds for a whole message once it has begun; 0: any", 0);
  flags.size("--incomplete-bytes-max", limits.incomplete_bytes_max,
             "Messages and bodies that have not come whole, of all connections", 1u << 20);
  flags.seconds("--idle-time-max", limits.idle_time_max,
                "Seconds of silence in both directions until a socket is closed; 0: any", 0);
  flags.size("--http-head-bytes-max", limits.http_header_bytes_max, "Head of a request", 1024);
  flags.size("--http-body-bytes-max", limits.http_body_bytes_max, "Body of a request", 1024);
}

void declare_traffic_limits(LimitFlags& flags, Limits& limits) {
  flags.size("--message-bytes-max", limits.message_bytes_max, "One message on a socket", 1024);
  flags.size("--outbox-bytes-max", limits.outbox_bytes_max,
             "What may wait for a connection that does not read", 65'536);
  flags.size("--join-state-bytes-max", limits.join_state_bytes_max,
             "States sent to newcomers and not read yet, all together", 1u << 20);
  flags.count("--messages-per-second-max", limits.messages_per_second_max,
              "Messages and control frames a second of one connection; 0: any number", 0);
  flags.size("--bytes-per-second-max", limits.bytes_per_second_max,
             "Bytes a second of one connection; 0: any number", 0);
  flags.seconds("--rate-burst", limits.rate_burst, "Seconds of these rates that may come at once",
                1);
}

void declare_room_limits(LimitFlags& flags, Limits& limits) {
  flags.count("--rooms-max", limits.rooms_max, "Rooms loaded at once; 0: any number", 0);
  flags.count("--members-per-room-max", limits.members_per_room_max,
              "Members of one room; 0: any number", 0);
  flags.count("--joins-per-second-max", limits.joins_per_second_max,
              "Joins a second of all connections, beyond which they wait; 0: any number", 0);
  flags.seconds("--join-wait-max", limits.join_wait_max,
                "Seconds a join may wait; what would wait longer is refused", 0);
  flags.seconds("--first-join-time-max", limits.first_join_time_max,
                "Seconds a socket without a token has to be let into a room by one; 0: any", 0);
  flags.count("--rooms-per-connection-max", limits.channels_per_connection_max,
              "Rooms that one connection may be in", 1);
  flags.size("--pending-bytes-max", limits.pending_bytes_max,
             "Updates of a room that wait for missing ones", 0);
  flags.count("--conflict-steps-max", limits.conflict_steps_max,
              "Items passed over to find the places of one update's structs", 1);
  flags.size("--document-bytes-max", limits.document_bytes_max,
             "A document, encoded; beyond, it can only be read and deleted from; 0: any size", 0);
  flags.seconds("--document-rest", limits.document_rest,
                "Seconds without a write until a document is kept encoded; 0: none is", 0);
  flags.count("--new-clients-per-connection-max", limits.new_clients_per_connection_max,
              "Yjs client ids that one connection may bring into a document; 0: any number", 0);
  flags.size("--awareness-bytes-max", limits.awareness_bytes_max, "One awareness message", 64);
  flags.count("--awareness-per-second-max", limits.awareness_per_second_max,
              "Awareness messages a second of one member; 0: any number", 0);
  flags.count("--awareness-relays-per-second-max", limits.awareness_relays_per_second_max,
              "Times a second that others are told of one member's awareness events; 0: any number",
              0);
  flags.count("--syncs-per-second-max", limits.syncs_per_second_max,
              "Times a second that one member may ask for what it lacks; 0: any number", 0);
}

void declare_crowds(LimitFlags& flags, Limits& limits) {
  flags.count("--crowd-members-min", limits.crowd_members_min,
              "Members from which a room gathers what it tells them", 2);
  flags.milliseconds("--hold-max", limits.hold_max,
                     "Milliseconds that updates of such a room, when it is busy, may wait for one "
                     "another; 0: not beyond what arrives together");
  flags.milliseconds("--presence-hold", limits.presence_hold,
                     "Milliseconds between two changes of presence told in such a room");
}

void declare_version_limits(LimitFlags& flags, Limits& limits) {
  flags.seconds("--version-interval", limits.version_interval,
                "Seconds after a change by which an automatic version holds it; 0: none is made",
                0);
  flags.count("--version-updates", limits.version_updates,
              "Updates of a room after which a version is made sooner", 1);
  flags.count("--versions-per-room-max", limits.versions_per_room_max,
              "Automatic versions kept of a room", 2);
  flags.count("--named-versions-per-room-max", limits.named_versions_per_room_max,
              "Named versions of a room", 0);
}

}  // namespace

void declare_limits(CLI::App& verb, Limits& limits) {
  LimitFlags flags(verb);
  declare_connection_limits(flags, limits);
  declare_traffic_limits(flags, limits);
  declare_room_limits(flags, limits);
  declare_crowds(flags, limits);
  declare_version_limits(flags, limits);
}

}  // namespace righttask::app

// Any frames on any number of connections, against real rooms: nothing crashes; what is sent is
// of the right shape and bounded by what has come; and an innocent member of the same room ends
// with the very document that a newcomer is given.
//
// input := step*
// step  := control:byte size:byte payload[size]; control's bits:
//   0-1 which of four connections (V2 text, V2 binary, V2 with odd parameters, V1)
//   2   the payload is a binary frame; 3-4 zero: a frame; 1: the connection is lost and another
//   opened; 2: the same, but closed; 3: time passes, `size` times 100 ms (no payload)
//   5   the frame is given 16 times over

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/base64.h"
#include "base/check.h"
#include "base/utf8.h"
#include "mini_server.h"
#include "ydoc/doc.h"

using namespace righttask;
using namespace righttask::cross;
using protocol::Frame;
using protocol::FrameKind;

namespace {

/// Whether a text frame is what its client's version may be sent. simdjson judges what it can: it
/// refuses numbers and lone surrogates that JSON allows and that are relayed as they come.
void check_text(bool v1, ByteView payload) {
  CHECK(is_utf8(payload));
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element message;
  const auto error = parser.parse(payload.data(), payload.size()).get(message);
  if (error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR) return;
  CHECK(error == simdjson::SUCCESS);
  if (v1) {
    simdjson::dom::object object;
    CHECK(message.get(object) == simdjson::SUCCESS);
    CHECK(object.size() == 4);
    for (const char* key : {"topic", "event", "payload", "ref"}) {
      CHECK(object.at_key(key).error() == simdjson::SUCCESS);
    }
    return;
  }
  simdjson::dom::array array;
  CHECK(message.get(array) == simdjson::SUCCESS);
  CHECK(array.size() == 5);
  CHECK(array.at(3).is_string());
}

void check_binary(bool v1, ByteView payload) {
  CHECK(!v1);
  CHECK(payload.size() >= 3 && payload[0] == 2);
  CHECK(payload.size() >= 3U + payload[1] + payload[2]);
}

/// A member that does no harm, and knows the room from its frames alone.
class Witness {
 public:
  explicit Witness(MiniServer& server)
      : connection_(server.open({{"vsn", "2.0.0"}}, [this](const Frame& frame) { on(frame); })) {
    constexpr std::string_view kJoin = R"(["w","w","room:a","phx_join",{"state_vector":"AA=="}])";
    server.say(connection_, FrameKind::text, byte_view(kJoin));
    CHECK(joined_);
  }

  [[nodiscard]] Bytes state() const { return doc_.encode_state_as_update_v1(); }

 private:
  void on(const Frame& frame) {
    if (frame.kind == FrameKind::binary) {
      const ByteView bytes = frame.payload;
      CHECK(doc_.apply_update_v1(bytes.subspan(3U + bytes[1] + bytes[2])).has_value());
      return;
    }
    check_text(false, frame.payload);
    const std::string_view text = as_text(frame.payload);
    constexpr std::string_view kReply =
        R"(["w","w","room:a","phx_reply",{"status":"ok","response":{"update":")";
    if (!text.starts_with(kReply)) return;
    const auto rest = text.substr(kReply.size());
    const auto state = base64_decode(rest.substr(0, rest.find('"')));
    CHECK(state && doc_.apply_update_v1(*state).has_value());
    joined_ = true;
  }

  ydoc::Doc doc_;
  bool joined_ = false;
  ConnectionId connection_;
};

class Fuzz {
 public:
  explicit Fuzz(ByteView input) : input_(input), witness_(server_) {
    for (std::size_t i = 0; i < connections_.size(); ++i) open(i);
  }

  void run() {
    while (input_.size() >= 2) step();
    const Witness newcomer(server_);
    CHECK(newcomer.state() == witness_.state());
    CHECK(server_.rooms().probe().rooms_failed == 0);
    for (const ConnectionId connection : connections_) {
      server_.drop(connection, LeaveReason::lost);
    }
    server_.advance(std::chrono::minutes(5));
    CHECK(server_.rooms().rooms() == 1);  // the witnesses' own
  }

 private:
  void open(std::size_t i) {
    static const MiniServer::Query queries[] = {
        {{"vsn", "2.0.0"}, {"user_id", "u"}},
        {{"vsn", "2.0.0"}, {"user_id", "u"}, {"name", "Ann"}},
        {{"vsn", "2.0.1"}, {"user_id", "\xff\""}, {"name", "\"\\"}, {"color", "#0a0B0c"}},
        {{"vsn", "1.0.0"}},
    };
    connections_[i] = server_.open(queries[i], [this, v1 = i == 3](const Frame& frame) {
      bytes_out_ += frame.payload.size();
      frame.kind == FrameKind::text ? check_text(v1, frame.payload)
                                    : check_binary(v1, frame.payload);
    });
  }

  void step() {
    const std::uint8_t control = input_[0];
    const std::uint8_t size = input_[1];
    input_ = input_.subspan(2);
    const std::size_t which = control & 3;
    switch ((control >> 3) & 3) {
      case 1:
      case 2:
        server_.drop(connections_[which],
                     (control & 8) != 0 ? LeaveReason::lost : LeaveReason::left);
        open(which);
        return;
      case 3:
        server_.advance(std::chrono::milliseconds(100) * size);
        return;
      default:
        break;
    }
    const ByteView payload = input_.first(std::min<std::size_t>(size, input_.size()));
    input_ = input_.subspan(payload.size());
    const auto kind = (control & 4) != 0 ? FrameKind::binary : FrameKind::text;
    if (kind == FrameKind::text && !is_utf8(payload)) return;
    for (int times = (control & 32) != 0 ? 16 : 1; times > 0; --times) {
      say(connections_[which], kind, payload);
    }
    if (!server_.is_open(connections_[which])) open(which);
  }

  /// What one frame brings forth is bounded by all that has come before, which a join's reply and
  /// the presence state show, for each connection.
  void say(ConnectionId connection, FrameKind kind, ByteView payload) {
    bytes_in_ += payload.size();
    bytes_out_ = 0;
    server_.say(connection, kind, payload);
    CHECK(bytes_out_ <= connections_.size() * (4096 + 16 * bytes_in_));
  }

  ByteView input_;
  MiniServer server_{1};
  Witness witness_;
  std::array<ConnectionId, 4> connections_;
  std::size_t bytes_in_ = 0;
  std::size_t bytes_out_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Fuzz(ByteView(data, size)).run();
  return 0;
}

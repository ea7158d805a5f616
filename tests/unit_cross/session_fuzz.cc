// Any frames on any number of connections, against real rooms: nothing crashes; what is sent is
// of the right shape and bounded by what has come; and innocent members of the same room, one of
// them by the protocol of Yjs, end with the very document that a newcomer is given.
//
// Half of the inputs meet a server that verifies tokens: "$0" to "$9" in a text frame stand for
// tokens, good and bad, of that connection. There the V2 connection with odd parameters never gets
// one that writes in the room, nor the V1 connection one that opens it; whatever they say, nobody
// hears of it. When all tokens have ended, nobody is left.
//
// input := step*
// step  := control:byte size:byte payload[size]; control's bits:
//   0-1 which of four connections (V2 text, V2 binary, V2 with odd parameters, V1)
//   2   the payload is a binary frame; 3-4 zero: a frame; 1: the connection is lost and another
//   opened; 2: the same, but closed; 3: time passes, `size` times 100 ms (no payload)
//   5   the frame is given 16 times over
//   6   with 3-4 three: no time passes, but an operator acts (`size` says how; no payload)
//   7   of the first step: the server verifies tokens
// A connection that is opened brings the token that `size` picks, or none.

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/testing/hs256.h"
#include "base/base64.h"
#include "base/check.h"
#include "base/utf8.h"
#include "mini_server.h"
#include "protocol/yjs_message.h"
#include "ydoc/awareness.h"
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

/// What a binary frame to a client carries behind its names.
ByteView content_of(ByteView frame) {
  const bool push = frame[0] == 0;  // and a broadcast otherwise
  const std::size_t sizes = push ? 3 : 2;
  std::size_t head = 1 + sizes;
  CHECK(frame.size() >= head);
  for (std::size_t i = 1; i <= sizes; ++i) head += frame[i];
  CHECK(frame.size() >= head);
  return frame.subspan(head);
}

void check_binary(bool v1, ByteView payload) {
  CHECK(!v1);
  CHECK(payload.size() >= 3 && (payload[0] == 2 || payload[0] == 0));
  (void)content_of(payload);
}

// ---- tokens ------------------------------------------------------------------------------------

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kForeignSecret = "fedcba9876543210fedcba9876543210";
constexpr int kLastEnd = 300;  // of the tokens that may be brought, in seconds after the beginning
constexpr std::size_t kReader = 2, kStranger = 3;  // of the connections

std::string token(int ends, const std::string& claims, std::string_view secret = kSecret,
                  std::string_view header = R"({"alg":"HS256"})") {
  const auto exp = MiniServer::kBeginning.time_since_epoch().count() + ends;
  return auth::testing::hs256_token(header, "{\"exp\":" + std::to_string(exp) + "," + claims + "}",
                                    secret);
}

using Tokens = std::array<std::string, 10>;

/// Bad ones that would do everything, behind the good ones.
Tokens with_bad_ones(std::array<std::string, 6> good) {
  const std::string all = R"("rooms":["*"],"sub":"u")";
  const std::string unsigned_token = token(kLastEnd, all, kSecret, R"({"alg":"none"})");
  return {good[0],
          good[1],
          good[2],
          good[3],
          good[4],
          good[5],
          token(kLastEnd, all, kForeignSecret),
          token(-60, all),
          unsigned_token.substr(0, unsigned_token.rfind('.') + 1),
          "broken"};
}

const Tokens& tokens_of(std::size_t connection) {
  static const Tokens members = with_bad_ones({
      token(20, R"("rooms":["*"],"sub":"u","jti":"t0","name":"U")"),
      token(60, R"("rooms":["a"],"sub":"u")"),
      token(60, R"("rooms":{"a":"readonly","b":"read-write"},"sub":"u")"),
      token(kLastEnd, R"("rooms":["*"],"sub":"v","jti":"t1")"),
      token(60, R"("rooms":["b*"],"sub":"u")"),
      token(40, R"("rooms":["a"],"jti":"t2")"),
  });
  static const Tokens readers = with_bad_ones({
      token(20, R"("rooms":["*"],"scope":"readonly","sub":"w","jti":"t3")"),
      token(60, R"("rooms":{"*":"read-write","a":"readonly"},"sub":"w")"),
      token(kLastEnd, R"("rooms":{"a":"readonly"},"sub":"u")"),
      token(40, R"("rooms":["b*"],"sub":"w")"),
      token(40, R"("rooms":{"a":"readonly"})"),
      token(60, R"("rooms":{"a*":"read-write","a":"readonly"},"sub":"w")"),
  });
  static const Tokens strangers = with_bad_ones({
      token(20, R"("rooms":["b*"],"sub":"u")"),
      token(60, R"("rooms":["A","aa","a*b"],"sub":"x")"),
      token(60, R"("rooms":["room:a"],"sub":"x")"),
      token(60, R"("sub":"x")"),
      token(60, R"("rooms":[],"sub":"x")"),
      token(kLastEnd, R"("rooms":["b"])"),
  });
  return connection == kReader ? readers : connection == kStranger ? strangers : members;
}

/// "$3" becomes the connection's token of that number.
std::string with_tokens(std::size_t connection, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool named =
        text[i] == '$' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    if (named) {
      out += tokens_of(connection)[static_cast<std::size_t>(text[++i] - '0')];
    } else {
      out += text[i];
    }
  }
  return out;
}

/// What an operator may do, by number.
void act(server::TokenAuthority& tokens, std::uint8_t what) {
  const RoomName room = *RoomName::parse("a");
  const auto now = tokens.now();
  const auto restrict = [&](const char* subject, std::optional<Access> ceiling, UnixSeconds ends) {
    (void)tokens.restrictions().restrict(
        {room, {auth::Holder::Kind::subject, subject}, ceiling, ends}, now);
  };
  switch (what % 8) {
    case 0:
      (void)tokens.revocations().revoke_token("t" + std::to_string(what / 8 % 4),
                                              UnixSeconds::max(), now);
      return;
    case 1:
      (void)tokens.revocations().revoke_subject("u", now, UnixSeconds::max(), now);
      return;
    case 2:
      return restrict("u", Access::read, now + std::chrono::seconds(what / 8));
    case 3:
      return restrict("u", std::nullopt, now + std::chrono::seconds(what / 8));
    case 4:
      return restrict("v", Access::read, UnixSeconds::max());
    case 5:
      return restrict("v", std::nullopt, UnixSeconds::max());
    case 6:
      for (const auto& entry : tokens.restrictions().entries()) {
        tokens.restrictions().lift(entry.room, entry.holder);
      }
      return;
    default:
      for (const char* id : {"t0", "t1", "t2", "t3"}) (void)tokens.revocations().lift_token(id);
      (void)tokens.revocations().lift_subject("u");
  }
}

// ---- those who are there -----------------------------------------------------------------------

/// A member that does no harm, and knows the room from its frames alone.
class Witness {
 public:
  explicit Witness(MiniServer& server)
      : connection_(server.open({{"vsn", "2.0.0"}, {"token", its_token()}},
                                [this](const Frame& frame) { on(frame); })) {
    constexpr std::string_view kJoin = R"(["w","w","room:a","phx_join",{"state_vector":"AA=="}])";
    server.say(connection_, FrameKind::text, byte_view(kJoin));
    CHECK(joined_);
  }

  [[nodiscard]] Bytes state() const { return doc_.encode_state_as_update_v1(); }
  /// Updates and events of others that it has heard of, presence apart.
  [[nodiscard]] int heard() const { return heard_; }

 private:
  static const std::string& its_token() {
    static const std::string made = token(1'000'000, R"("rooms":["a"],"sub":"witness")");
    return made;
  }

  void on(const Frame& frame) {
    if (frame.kind == FrameKind::binary) {
      const ByteView bytes = frame.payload;
      CHECK(doc_.apply_update_v1(bytes.subspan(3U + bytes[1] + bytes[2])).has_value());
      ++heard_;
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
  int heard_ = 0;
  ConnectionId connection_;
};

/// The same by the protocol of Yjs.
class YWitness {
 public:
  explicit YWitness(MiniServer& server)
      : connection_(server.open({{"vsn", "2.0.0"}, {"token", its_token()}},
                                [this](const Frame& frame) { on(frame); })) {
    constexpr std::string_view kJoin = R"(["y","y","y_doc_room:a","phx_join",{}])";
    server.say(connection_, FrameKind::text, byte_view(kJoin));
    Bytes step1 = bytes(0, 1, 1, 12, 8, 'y', '1');
    append(step1, "y_doc_room:ayjs_sync");
    protocol::append_yjs_step1(step1, bytes(0));
    server.say(connection_, FrameKind::binary, step1);
    CHECK(asked_);
  }

  [[nodiscard]] Bytes state() const { return doc_.encode_state_as_update_v1(); }

 private:
  static const std::string& its_token() {
    static const std::string made = token(1'000'000, R"("rooms":["a"],"sub":"y")");
    return made;
  }

  void on(const Frame& frame) {
    if (frame.kind == FrameKind::text) return check_text(false, frame.payload);
    const auto message = protocol::read_yjs_message(content_of(frame.payload));
    CHECK(message.has_value());
    if (message->kind == protocol::YjsKind::update) {
      CHECK(doc_.apply_update_v1(message->payload).has_value());
    } else if (message->kind == protocol::YjsKind::awareness) {
      CHECK(ydoc::AwarenessUpdate::decode(message->payload).has_value());
    } else {
      CHECK(message->kind == protocol::YjsKind::step1);
      asked_ = true;
    }
  }

  ydoc::Doc doc_;
  bool asked_ = false;
  ConnectionId connection_;
};

/// To whom the room is closed, nothing but answers comes from it.
void check_stranger(ByteView payload) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element message;
  if (parser.parse(payload.data(), payload.size()).get(message) != simdjson::SUCCESS) return;
  std::string_view topic, event;
  if (message["topic"].get(topic) != simdjson::SUCCESS || topic != "room:a") return;
  CHECK(message["event"].get(event) == simdjson::SUCCESS && event == "phx_reply");
  const auto response = message["payload"]["response"];
  CHECK(response["state"].error() != simdjson::SUCCESS);
  CHECK(response["update"].error() != simdjson::SUCCESS);
}

class Fuzz {
 public:
  explicit Fuzz(ByteView input) : input_(input), gated_(!input.empty() && (input[0] & 0x80) != 0) {
    if (gated_) {
      server_.require_tokens(
          auth::TokenVerifier(*auth::KeySet::from_secret(kSecret), auth::VerifierOptions{}));
    }
    witness_.emplace(server_);
    y_witness_.emplace(server_);
    for (std::size_t i = 0; i < connections_.size(); ++i) open(i, 0);
  }

  void run() {
    while (input_.size() >= 2) step();
    const Witness newcomer(server_);
    CHECK(newcomer.state() == witness_->state());
    CHECK(newcomer.state() == y_witness_->state());
    CHECK(server_.rooms().probe().rooms_failed == 0);
    if (gated_) {
      server_.advance(std::chrono::seconds(kLastEnd + 10));
      CHECK(server_.rooms().probe().members == 3);  // the witnesses
    }
    for (const ConnectionId connection : connections_) {
      server_.drop(connection, LeaveReason::lost);
    }
    server_.advance(std::chrono::minutes(5));
    CHECK(server_.rooms().rooms() == 1);  // the witnesses' own
  }

 private:
  void open(std::size_t i, std::size_t token) {
    static const MiniServer::Query queries[] = {
        {{"vsn", "2.0.0"}, {"user_id", "u"}},
        {{"vsn", "2.0.0"}, {"user_id", "u"}, {"name", "Ann"}},
        {{"vsn", "2.0.1"}, {"user_id", "\xff\""}, {"name", "\"\\"}, {"color", "#0a0B0c"}},
        {{"vsn", "1.0.0"}},
    };
    const MiniServer::Receive receive = [this, i](const Frame& frame) {
      const bool v1 = i == 3;
      bytes_out_ += frame.payload.size();
      frame.kind == FrameKind::text ? check_text(v1, frame.payload)
                                    : check_binary(v1, frame.payload);
      if (gated_ && i == kStranger) check_stranger(frame.payload);
    };
    const Tokens& tokens = tokens_of(i);
    if (gated_ && token % 11 < tokens.size()) {
      auto query = queries[i];
      query.emplace_back("token", tokens[token % 11]);
      if (const auto opened = server_.try_open(query, receive)) {
        connections_[i] = *opened;
        return;
      }
    }
    connections_[i] = server_.open(queries[i], receive);
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
        open(which, size);
        return;
      case 3:
        if (gated_ && (control & 64) != 0) {
          server_.administer([size](server::TokenAuthority& tokens) { act(tokens, size); });
        } else {
          server_.advance(std::chrono::milliseconds(100) * size);
        }
        return;
      default:
        break;
    }
    const ByteView payload = input_.first(std::min<std::size_t>(size, input_.size()));
    input_ = input_.subspan(payload.size());
    const auto kind = (control & 4) != 0 ? FrameKind::binary : FrameKind::text;
    if (kind == FrameKind::text && !is_utf8(payload)) return;
    const bool named = gated_ && kind == FrameKind::text;
    const std::string text = named ? with_tokens(which, as_text(payload)) : std::string();
    for (int times = (control & 32) != 0 ? 16 : 1; times > 0; --times) {
      say(which, kind, named ? byte_view(text) : payload);
    }
    if (!server_.is_open(connections_[which])) open(which, size);
  }

  /// What one frame brings forth is bounded by all that has come before, which a join's reply and
  /// the presence state show, for each connection.
  void say(std::size_t which, FrameKind kind, ByteView payload) {
    bytes_in_ += payload.size();
    bytes_out_ = 0;
    const int heard = witness_->heard();
    server_.say(connections_[which], kind, payload);
    CHECK(bytes_out_ <= connections_.size() * (4096 + 16 * bytes_in_));
    if (gated_ && (which == kReader || which == kStranger)) CHECK(witness_->heard() == heard);
  }

  ByteView input_;
  bool gated_;
  MiniServer server_{1};
  std::optional<Witness> witness_;
  std::optional<YWitness> y_witness_;
  std::array<ConnectionId, 4> connections_;
  std::size_t bytes_in_ = 0;
  std::size_t bytes_out_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Fuzz(ByteView(data, size)).run();
  return 0;
}

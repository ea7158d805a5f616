#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/phoenix/dialect.h"

namespace righttask::protocol::phoenix {

using Lines = std::vector<std::string>;

inline std::string hex(ByteView bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    for (const int digit : {byte >> 4, byte & 15}) {
      out.push_back("0123456789abcdef"[static_cast<std::size_t>(digit)]);
    }
  }
  return out;
}

inline std::string channel(MemberId member) {
  return "#" + std::to_string(member.channel);
}

inline std::string describe(const RoomMessage& message) {
  struct Visitor {
    std::string operator()(const JoinRequest& m) const {
      return "join " + channel(m.member) + " ref=" + m.ticket.text + " key=" + m.identity.key +
             " {" + m.identity.fields + "}" + (m.access == Access::read ? " reads" : "") +
             (m.state_vector ? " have=" + hex(*m.state_vector) : "") +
             (m.state_later ? " later" : "");
    }
    std::string operator()(const LeaveRequest& m) const {
      return "leave " + channel(m.member) + (m.reason == LeaveReason::left ? " left" : " lost");
    }
    std::string operator()(const UpdateRequest& m) const {
      return "update " + channel(m.member) + " ref=" + m.ticket.text + " " + hex(*m.update);
    }
    std::string operator()(const RelayRequest& m) const {
      return "relay " + channel(m.member) + " " + m.event + " " + std::string(as_text(*m.json));
    }
    std::string operator()(const PresenceRequest& m) const {
      return "presence " + channel(m.member) + " ref=" + m.ticket.text + " {" + m.fields + "}";
    }
    std::string operator()(const SyncRequest& m) const {
      return "sync " + channel(m.member) + " ref=" + m.ticket.text + " have=" + hex(m.state_vector);
    }
    std::string operator()(const AwarenessRequest& m) const {
      return "awareness " + channel(m.member) + " ref=" + m.ticket.text +
             (m.subject.empty() ? "" : " as " + m.subject) + " " + hex(*m.update);
    }
    std::string operator()(const AwarenessQuery& m) const {
      return "who is here " + channel(m.member) + " ref=" + m.ticket.text;
    }
    std::string operator()(const AccessRequest& m) const { return "access " + channel(m.member); }
  };
  return std::visit(Visitor{}, message);
}

/// What a session asks for, one line each: frames as they are, "room: what" for the rest.
inline std::string describe(const Action& action) {
  if (const auto* send = std::get_if<SendFrame>(&action)) {
    return send->frame.kind == FrameKind::text ? std::string(as_text(send->frame.payload))
                                               : hex(send->frame.payload);
  }
  if (const auto* request = std::get_if<ToRoom>(&action)) {
    return request->room.str() + ": " + describe(request->message);
  }
  if (const auto* change = std::get_if<ChangeAudience>(&action)) {
    return change->room.str() + ": audience " + channel(change->member) + " " +
           std::to_string(change->audience.encoding) + " " + change->audience.address;
  }
  const auto& close = std::get<CloseConnection>(action);
  return "close " + std::to_string(close.code);
}
/// A client of one session: what it says, and what comes of that, one line each.
class Peer {
 public:
  explicit Peer(std::vector<std::pair<std::string, std::string>> query = {{"vsn", "2.0.0"},
                                                                          {"user_id", "u"}},
                Limits limits = {}, std::unique_ptr<Gate> gate = nullptr)
      : dialect_(limits, 1) {
    session_ =
        *dialect_.open({ConnectionId(9), "/socket/websocket", std::move(query), std::move(gate)});
  }

  Lines says(std::string_view text) {
    return run([&](Actions& out) { session_->on_frame(FrameKind::text, byte_view(text), out); });
  }
  Lines says(const Bytes& binary) {
    return run([&](Actions& out) { session_->on_frame(FrameKind::binary, binary, out); });
  }
  Lines hears(std::uint32_t id, const std::string& ticket, const ServerMessage& message) {
    return run([&](Actions& out) { session_->on_message(id, {ticket}, message, out); });
  }
  Lines learns(std::uint32_t id, const RightsChange& change) {
    return run([&](Actions& out) { session_->on_rights(id, change, out); });
  }
  Lines loses_its_grant(GrantEnd why) {
    return run([&](Actions& out) { session_->on_grant_ended(why, out); });
  }
  Lines goes(LeaveReason reason) {
    return run([&](Actions& out) { session_->on_close(reason, out); });
  }
  Session& session() { return *session_; }
  const Dialect& dialect() const { return dialect_; }

  /// Joins room:a as channel 1, join_ref "1".
  void join() {
    ASSERT_THAT(says(R"(["1","1","room:a","phx_join",{}])"),
                testing::ElementsAre(R"(a: join #1 ref="1" key=u {})"));
    ASSERT_EQ(hears(1, R"("1")", empty_room()).size(), 1U);
  }

  static Joined empty_room() { return {share(bytes(0, 0)), bytes(0)}; }

 private:
  template <typename Call>
  static Lines run(Call call) {
    Actions actions;
    call(actions);
    Lines lines;
    for (const Action& action : actions) lines.push_back(describe(action));
    return lines;
  }

  Dialect dialect_;
  std::unique_ptr<Session> session_;
};
}  // namespace righttask::protocol::phoenix

#include "net/websocket.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/testing/client_frame.h"

// Rules WS-n: docs/spec/websocket.md.

namespace righttask::net {
namespace {

using testing::client_frame;
using testing::ClientFrame;

/// "text:abc", "close:1000:bye", "fail:1002": comparable, and owning what the event only borrowed.
std::string describe(const WebSocketEvent& event) {
  struct Describe {
    std::string operator()(const ws::Message& m) {
      return (m.kind == MessageKind::text ? "text:" : "binary:") + std::string(as_text(m.payload));
    }
    std::string operator()(const ws::Ping& p) { return "ping:" + std::string(as_text(p.payload)); }
    std::string operator()(const ws::Pong& p) { return "pong:" + std::string(as_text(p.payload)); }
    std::string operator()(const ws::Close& c) {
      return "close:" + std::to_string(c.code) + ":" + std::string(c.reason);
    }
    std::string operator()(const ws::Failure& f) { return "fail:" + std::to_string(f.code); }
  };
  return std::visit(Describe{}, event);
}

using Events = std::vector<std::string>;

/// What the decoder says of `input`, given in pieces of `piece` bytes.
Events decode(Bytes input, const WebSocketLimits& limits = {},
              std::size_t piece = ~std::size_t{0}) {
  WebSocketDecoder decoder(limits);
  Events events;
  std::span<std::uint8_t> rest = input;
  do {
    std::span<std::uint8_t> part = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(part.size());
    while (const auto event = decoder.next(part)) events.push_back(describe(*event));
  } while (!rest.empty());
  return events;
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) append(out, part);
  return out;
}

Bytes text_frame(std::string_view text) {
  return client_frame(1, byte_view(text));
}
Bytes part_frame(std::uint8_t opcode, bool fin, std::string_view text) {
  return client_frame({.opcode = opcode, .fin = fin}, byte_view(text));
}
Bytes close_payload(std::uint16_t code, std::string_view reason = {}) {
  Bytes out = bytes(code >> 8, code & 0xff);
  append(out, reason);
  return out;
}

TEST(WebSocketDecoder, ReadsEveryKindOfFrame) {
  const std::string medium(126, 'm'), large(70'000, 'l');
  const struct {
    std::string_view name;
    Bytes input;
    Events want;
  } cases[] = {
      {"nothing", {}, {}},
      {"text", text_frame("hé"), {"text:hé"}},
      {"binary", client_frame(2, bytes(0xff, 0x00)), {std::string("binary:\xff\0", 9)}},
      {"empty text", text_frame(""), {"text:"}},
      {"16-bit length", text_frame(medium), {"text:" + medium}},
      {"64-bit length", text_frame(large), {"text:" + large}},
      {"ping", client_frame(9, byte_view("x")), {"ping:x"}},
      {"pong", client_frame(10, {}), {"pong:"}},
      {"several", join({text_frame("a"), text_frame("b")}), {"text:a", "text:b"}},
      {"close without code", client_frame(8, {}), {"close:1005:"}},
      {"close", client_frame(8, close_payload(1000, "bye")), {"close:1000:bye"}},
      {"own code", client_frame(8, close_payload(4999)), {"close:4999:"}},
      {"nothing after close", join({client_frame(8, {}), text_frame("a")}), {"close:1005:"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(decode(c.input), c.want);
    EXPECT_EQ(decode(c.input, {}, 1), c.want);
  }
}

TEST(WebSocketDecoder, RefusesWhatTheRfcForbids) {
  const std::string long_control(126, 'x');
  const Bytes payload = bytes('a');
  const struct {
    std::string_view name;  // with its rule
    Bytes input;
    Events want;
  } cases[] = {
      {"WS-1 unmasked", bytes(0x81, 0x01, 'a'), {"fail:1002"}},
      {"WS-2 rsv1", client_frame({.reserved = 0x40}, payload), {"fail:1002"}},
      {"WS-2 rsv2", client_frame({.reserved = 0x20}, payload), {"fail:1002"}},
      {"WS-2 rsv3", client_frame({.reserved = 0x10}, payload), {"fail:1002"}},
      {"WS-3 opcode 3", client_frame(3, payload), {"fail:1002"}},
      {"WS-3 opcode 7", client_frame(7, payload), {"fail:1002"}},
      {"WS-3 opcode 11", client_frame(11, payload), {"fail:1002"}},
      {"WS-3 opcode 15", client_frame(15, payload), {"fail:1002"}},
      {"WS-4 long ping", client_frame(9, byte_view(long_control)), {"fail:1002"}},
      {"WS-4 long close", client_frame(8, byte_view(long_control)), {"fail:1002"}},
      {"WS-4 fragmented ping", part_frame(9, false, "a"), {"fail:1002"}},
      {"WS-4 fragmented close", part_frame(8, false, ""), {"fail:1002"}},
      {"WS-5 16 bits for 125", client_frame({}, payload, 2), {"fail:1002"}},
      {"WS-5 64 bits for 1", client_frame({}, payload, 8), {"fail:1002"}},
      {"WS-5 top bit", bytes(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4), {"fail:1002"}},
      {"WS-6 continuation of nothing", part_frame(0, true, "a"), {"fail:1002"}},
      {"WS-6 new message inside one",
       join({part_frame(1, false, "a"), text_frame("b")}),
       {"fail:1002"}},
      {"WS-6 continuation after the end",
       join({part_frame(1, false, "a"), part_frame(0, true, "b"), part_frame(0, true, "c")}),
       {"text:ab", "fail:1002"}},
      {"WS-8 not UTF-8", text_frame("\xff"), {"fail:1007"}},
      {"WS-8 cut character", text_frame("\xe2\x82"), {"fail:1007"}},
      {"WS-8 surrogate", text_frame("\xed\xa0\x80"), {"fail:1007"}},
      {"WS-8 character cut by the last fragment",
       join({part_frame(1, false, "\xe2"), part_frame(0, true, "\x82")}),
       {"fail:1007"}},
      {"WS-10 close of one byte", client_frame(8, bytes(3)), {"fail:1002"}},
      {"WS-10 code 0", client_frame(8, close_payload(0)), {"fail:1002"}},
      {"WS-10 code 999", client_frame(8, close_payload(999)), {"fail:1002"}},
      {"WS-10 code 1004", client_frame(8, close_payload(1004)), {"fail:1002"}},
      {"WS-10 code 1005", client_frame(8, close_payload(1005)), {"fail:1002"}},
      {"WS-10 code 1006", client_frame(8, close_payload(1006)), {"fail:1002"}},
      {"WS-10 code 1015", client_frame(8, close_payload(1015)), {"fail:1002"}},
      {"WS-10 code 1100", client_frame(8, close_payload(1100)), {"fail:1002"}},
      {"WS-10 code 2999", client_frame(8, close_payload(2999)), {"fail:1002"}},
      {"WS-10 code 5000", client_frame(8, close_payload(5000)), {"fail:1002"}},
      {"WS-10 reason", client_frame(8, close_payload(1000, "\xff")), {"fail:1007"}},
      {"nothing after a failure",
       join({client_frame(3, payload), text_frame("a"), client_frame(8, {})}),
       {"fail:1002"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(decode(c.input), c.want);
    EXPECT_EQ(decode(c.input, {}, 1), c.want);
  }
}

TEST(WebSocketDecoder, GathersFragmentsWithControlFramesBetween) {
  const Bytes input = join({part_frame(1, false, "a\xe2"), client_frame(9, byte_view("p")),
                            part_frame(0, false, ""), part_frame(0, false, "\x82"),
                            client_frame(10, byte_view("q")), part_frame(0, true, "\xac z"),
                            client_frame(2, byte_view("next"))});
  const Events want = {"ping:p", "pong:q", "text:a€ z", "binary:next"};
  for (std::size_t piece = 1; piece <= input.size(); ++piece) {
    SCOPED_TRACE(piece);
    EXPECT_EQ(decode(input, {}, piece), want);
  }
}

TEST(WebSocketDecoder, SaysTheSameWhereverTheInputIsCut) {
  const std::string payload(300, 'x');
  const Bytes input =
      join({text_frame(payload), part_frame(2, false, payload), client_frame(9, byte_view("ping")),
            part_frame(0, true, payload), client_frame(8, close_payload(3000, "done"))});
  const Events want = decode(input);
  ASSERT_EQ(want.size(), 4U);
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    SCOPED_TRACE(cut);
    Bytes first(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(cut));
    Bytes second(input.begin() + static_cast<std::ptrdiff_t>(cut), input.end());
    WebSocketDecoder decoder{WebSocketLimits{}};
    Events got;
    for (Bytes* part : {&first, &second}) {
      std::span<std::uint8_t> view = *part;
      while (const auto event = decoder.next(view)) got.push_back(describe(*event));
    }
    EXPECT_EQ(got, want);
  }
}

// WS-7, LIM-1, LIM-14
TEST(WebSocketDecoder, RefusesTooMuchBeforeHoldingIt) {
  const WebSocketLimits limits{.message_bytes_max = 10, .fragments_max = 3};
  const struct {
    std::string_view name;
    Bytes input;
    Events want;
  } cases[] = {
      {"just fits", text_frame("0123456789"), {"text:0123456789"}},
      {"one more", text_frame("0123456789a"), {"fail:1009"}},
      {"claimed 2^62", bytes(0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4), {"fail:1009"}},
      {"fragments fit",
       join({part_frame(2, false, "01234"), part_frame(0, true, "56789")}),
       {"binary:0123456789"}},
      {"fragments too big",
       join({part_frame(2, false, "01234"), part_frame(0, false, "56789"),
             part_frame(0, true, "a")}),
       {"fail:1009"}},
      {"too many fragments",
       join({part_frame(2, false, ""), part_frame(0, false, ""), part_frame(0, false, ""),
             part_frame(0, true, "")}),
       {"fail:1008"}},
      {"counted anew for each message",
       join({part_frame(2, false, "01234"), part_frame(0, true, "5678"), part_frame(2, false, "01"),
             part_frame(0, false, ""), part_frame(0, true, "23456")}),
       {"binary:012345678", "binary:0123456"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(decode(c.input, limits), c.want);
    EXPECT_EQ(decode(c.input, limits, 1), c.want);
  }
}

TEST(WebSocketDecoder, FailsOnTextAsSoonAsItCannotBecomeWellFormed) {
  Bytes input = text_frame("ab\xff-and-a-long-rest");
  WebSocketDecoder decoder{WebSocketLimits{}};
  std::span<std::uint8_t> start(input.data(), 6 + 3);
  const auto event = decoder.next(start);
  ASSERT_TRUE(event);
  EXPECT_EQ(describe(*event), "fail:1007");
}

TEST(WebSocketDecoder, HandsOutAWholeFrameWithoutCopyingIt) {
  Bytes input = text_frame("in place");
  std::span<std::uint8_t> view = input;
  WebSocketDecoder decoder{WebSocketLimits{}};
  const auto event = decoder.next(view);
  ASSERT_TRUE(event);
  const auto& message = std::get<ws::Message>(*event);
  EXPECT_EQ(message.payload.data(), input.data() + 6);
  EXPECT_TRUE(decoder.idle());
}

TEST(WebSocketDecoder, IsIdleBetweenMessagesOnly) {
  const Bytes input = join({part_frame(1, false, "a"), part_frame(0, true, "b")});
  WebSocketDecoder decoder{WebSocketLimits{}};
  EXPECT_TRUE(decoder.idle());
  for (std::size_t i = 0; i < input.size(); ++i) {
    Bytes one = {input[i]};
    std::span<std::uint8_t> view = one;
    while (decoder.next(view)) {
    }
    EXPECT_EQ(decoder.idle(), i + 1 == input.size()) << i;
  }
}

TEST(WebSocketFrames, EncodeEachLengthInItsShortestForm) {
  const struct {
    std::size_t size;
    Bytes head;
  } cases[] = {
      {0, bytes(0x82, 0)},
      {125, bytes(0x82, 125)},
      {126, bytes(0x82, 126, 0, 126)},
      {65535, bytes(0x82, 126, 0xff, 0xff)},
      {65536, bytes(0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.size);
    Bytes want = c.head;
    want.resize(want.size() + c.size, 'x');
    EXPECT_EQ(*frame(MessageKind::binary, Bytes(c.size, 'x')), want);
  }
  EXPECT_EQ(*frame(FrameKind::pong, byte_view("a")), bytes(0x8a, 1, 'a'));
}

TEST(WebSocketFrames, CloseCarriesACodeAndAReasonCutBetweenCharacters) {
  EXPECT_EQ(*close_frame(1000, "ok"), bytes(0x88, 4, 0x03, 0xe8, 'o', 'k'));
  EXPECT_EQ(*close_frame(close_code::none, ""), bytes(0x88, 0));
  EXPECT_EQ(*close_frame(close_code::lost, "x"), bytes(0x88, 0));
  const std::string reason = std::string(121, 'r') + "€";
  EXPECT_EQ((*close_frame(1000, reason))[1], 2 + 121);
}

}  // namespace
}  // namespace righttask::net

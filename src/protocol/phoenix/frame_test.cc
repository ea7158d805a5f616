#include "protocol/phoenix/frame.h"

#include <gtest/gtest.h>

#include "protocol/phoenix/json_reader.h"

namespace righttask::protocol::phoenix {
namespace {

bool decodes(Version version, std::string_view text) {
  Incoming in;
  return decode(version, FrameKind::text, byte_view(text), in);
}

TEST(FrameV2, DecodesText) {  // PHX-2
  Incoming in;
  const std::string_view text = R"(["1","2","room:a","update",{"data":[0, 0]}])";
  ASSERT_TRUE(decode(Version::v2, FrameKind::text, byte_view(text), in));
  EXPECT_EQ(in.join_ref, R"("1")");
  EXPECT_EQ(in.ref, R"("2")");
  EXPECT_EQ(in.topic, "room:a");
  EXPECT_EQ(in.topic_json, R"("room:a")");
  EXPECT_EQ(in.event, "update");
  EXPECT_EQ(in.payload_kind, FrameKind::text);
  EXPECT_EQ(in.payload, R"({"data":[0, 0]})");
}

TEST(FrameV2, KeepsRefsAsTheyCame) {  // PHX-4
  struct Case {
    std::string_view json, want;
  };
  const Case cases[] = {{"null", "null"},   {"7", "7"},
                        {"\"7\"", "\"7\""}, {"\"\\u0037\"", "\"7\""},
                        {"1e20", "1e20"},   {"100000000000000000000", "100000000000000000000"},
                        {"[1]", "[1]"},     {R"("\ud83d")", R"("\ud83d")"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    const std::string text =
        "[" + std::string(c.json) + "," + std::string(c.json) + ",\"t\",\"e\",null]";
    Incoming in;
    ASSERT_TRUE(decode(Version::v2, FrameKind::text, byte_view(text), in));
    EXPECT_EQ(in.join_ref, c.want);
    EXPECT_EQ(in.ref, c.want);
  }
}

TEST(FrameV2, TakesOddTopicsEventsAndPayloads) {  // PHX-2
  Incoming in;
  const std::string_view text = R"([null,"1",{"a":1},5,"str",{"more":[]},6])";
  ASSERT_TRUE(decode(Version::v2, FrameKind::text, byte_view(text), in));
  EXPECT_EQ(in.topic, "");
  EXPECT_EQ(in.topic_json, R"({"a":1})");
  EXPECT_EQ(in.event, "");
  EXPECT_EQ(in.payload, "\"str\"");

  Incoming escaped;
  const std::string_view spelled = R"([null,null,"\u0072oom:\"","a\/b",0])";
  ASSERT_TRUE(decode(Version::v2, FrameKind::text, byte_view(spelled), escaped));
  EXPECT_EQ(escaped.topic, "room:\"");
  EXPECT_EQ(escaped.event, "a/b");
}

TEST(FrameV2, RefusesWhatIsNoFrame) {  // PHX-6
  const std::string long_ref = '"' + std::string(kRefBytesMax - 1, 'x') + '"';
  // Grows beyond the limit where it is spelled anew, as it is echoed.
  const std::string growing_ref = '"' + std::string(kRefBytesMax - 4, 'x') + "\\t\"";
  const std::string cases[] = {
      "",
      "x",
      "null",
      "\"\"",
      "5",
      "[]",
      R"({"topic":"t","event":"e","payload":{},"ref":null})",
      R"([null,null,"t","e"])",
      R"([null,null,"t","e",])",
      R"([null,null,"t","e",{}],)",
      R"([null,null,"t","e",{}]])",
      R"([null,null,"t","e",{}, 01])",
      R"([null,null,"t","e",{},])",
      R"([null null,"t","e",{}])",
      R"([,null,"t","e",{}])",
      R"([null,null,"t","e",{"a"}])",
      R"([null,null,"t","e",undefined])",
      "[" + long_ref + R"(,null,"t","e",{}])",
      "[null," + long_ref + R"(,"t","e",{}])",
      "[null," + growing_ref + R"(,"t","e",{}])",
      R"([null,null,"t","e",)" + std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']') +
          "]",
  };
  for (const auto& text : cases) EXPECT_FALSE(decodes(Version::v2, text)) << text;
}

TEST(FrameV1, DecodesText) {  // PHX-3
  Incoming in;
  const std::string_view text =
      R"({"topic":"room:a","event":"x","payload":{"ref":9},"ref":"1","ref":"2","other":[1]})";
  ASSERT_TRUE(decode(Version::v1, FrameKind::text, byte_view(text), in));
  EXPECT_EQ(in.join_ref, "null");
  EXPECT_EQ(in.ref, R"("2")");
  EXPECT_EQ(in.topic, "room:a");
  EXPECT_EQ(in.event, "x");
  EXPECT_EQ(in.payload, R"({"ref":9})");

  Incoming with_join_ref;
  const std::string_view more =
      R"({"topic":"t","event":"e","payload":null,"ref":null,"join_ref":"5"})";
  ASSERT_TRUE(decode(Version::v1, FrameKind::text, byte_view(more), with_join_ref));
  EXPECT_EQ(with_join_ref.join_ref, R"("5")");
}

TEST(FrameV1, RefusesWhatIsNoFrame) {  // PHX-6
  for (const char* text :
       {"", "{}", "null", R"([null,null,"t","e",{}])", R"({"topic":"t","event":"e","payload":{}})",
        R"({"topic":"t","event":"e","ref":null})", R"({"topic":"t","payload":{},"ref":null})",
        R"({"event":"e","payload":{},"ref":null})",
        R"({"topic":"t","event":"e","payload":{},"ref":null)",
        R"({"topic":"t","event":"e","payload":{},"ref":null,})",
        R"({"topic":"t","event":"e","payload":{},"ref":null}})",
        R"({"x":{"topic":"t","event":"e","payload":{},"ref":null}})"}) {
    EXPECT_FALSE(decodes(Version::v1, text)) << text;
  }
  Incoming in;
  EXPECT_FALSE(decode(Version::v1, FrameKind::binary, bytes(0, 0, 0, 0, 0), in));
}

Bytes push(std::string_view names, std::initializer_list<std::uint8_t> sizes,
           std::string_view payload) {
  Bytes out = bytes(0);
  out.insert(out.end(), sizes);
  append(out, names);
  append(out, payload);
  return out;
}

TEST(FrameBinary, DecodesAPush) {  // PHX-5
  // Bytes recorded from the phoenix client: join_ref "3", ref "4", topic room:demo.
  const Bytes recorded = push("34room:demoyjs_sync", {1, 1, 9, 8}, std::string_view("\0\0\1\0", 4));
  ASSERT_EQ(recorded.size(), 28U);
  Incoming in;
  ASSERT_TRUE(decode(Version::v2, FrameKind::binary, recorded, in));
  EXPECT_EQ(in.join_ref, "\"3\"");
  EXPECT_EQ(in.ref, "\"4\"");
  EXPECT_EQ(in.topic, "room:demo");
  EXPECT_EQ(in.topic_json, "\"room:demo\"");
  EXPECT_EQ(in.event, "yjs_sync");
  EXPECT_EQ(in.payload_kind, FrameKind::binary);
  EXPECT_EQ(in.payload, std::string_view("\0\0\1\0", 4));
}

TEST(FrameBinary, TakesEmptyNamesAndNamesThatNeedEscapes) {  // PHX-5
  Incoming empty;
  ASSERT_TRUE(decode(Version::v2, FrameKind::binary, bytes(0, 0, 0, 0, 0), empty));
  EXPECT_EQ(empty.join_ref, "null");
  EXPECT_EQ(empty.ref, "null");
  EXPECT_EQ(empty.topic_json, "\"\"");
  EXPECT_EQ(empty.payload, "");

  Incoming odd;
  ASSERT_TRUE(decode(Version::v2, FrameKind::binary, push("\"\\\ne", {1, 1, 1, 1}, "p"), odd));
  EXPECT_EQ(odd.join_ref, R"("\"")");
  EXPECT_EQ(odd.ref, R"("\\")");
  EXPECT_EQ(odd.topic_json, R"("\n")");
}

TEST(FrameBinary, RefusesWhatIsNoPush) {  // PHX-6
  const Bytes cases[] = {
      {},
      bytes(0),
      bytes(0, 0, 0, 0),
      bytes(1, 0, 0, 0, 0),
      bytes(2, 0, 0),
      bytes(2, 1, 1, 't', 'e'),
      bytes(255, 0, 0, 0, 0),
      bytes(0, 1, 0, 0, 0),
      bytes(0, 0, 0, 0, 1),
      bytes(0, 255, 255, 255, 255, 'x'),
      push("\xff", {1, 0, 0, 0}, ""),
      push("\xff", {0, 1, 0, 0}, ""),
      push("\xff", {0, 0, 1, 0}, ""),
      push("\xff", {0, 0, 0, 1}, ""),
      push("\xc3\xa9", {0, 0, 1, 1}, ""),  // a character cut by a boundary
  };
  for (const auto& input : cases) {
    Incoming in;
    EXPECT_FALSE(decode(Version::v2, FrameKind::binary, input, in)) << as_text(input);
  }
}

TEST(FrameOut, WritesBothVersions) {  // PHX-2, PHX-3
  const Envelope envelope{
      .join_ref = "\"3\"", .ref = "\"4\"", .topic_json = "\"room:demo\"", .event = "e"};
  Bytes v2, v1;
  open_message(v2, Version::v2, envelope), append(v2, "{}"), close_message(v2, Version::v2);
  open_message(v1, Version::v1, envelope), append(v1, "{}"), close_message(v1, Version::v1);
  EXPECT_EQ(as_text(v2), R"(["3","4","room:demo","e",{}])");
  EXPECT_EQ(as_text(v1), R"({"ref":"4","topic":"room:demo","event":"e","payload":{}})");

  Bytes reply;
  open_reply(reply, Version::v2, envelope, "ok"), append(reply, "{\"state\":[]}");
  close_reply(reply, Version::v2);
  EXPECT_EQ(as_text(reply),
            R"(["3","4","room:demo","phx_reply",{"status":"ok","response":{"state":[]}}])");
}

TEST(FrameOut, WritesABinaryBroadcast) {  // PHX-5
  const Bytes want = [] {
    Bytes out = bytes(2, 9, 3);
    append(out, "room:demoyjs");
    append(out, bytes(0, 0, 1, 0));
    return out;
  }();
  EXPECT_EQ(binary_broadcast("room:demo", "yjs", bytes(0, 0, 1, 0)), want);
}

}  // namespace
}  // namespace righttask::protocol::phoenix

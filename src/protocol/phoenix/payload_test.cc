#include "protocol/phoenix/payload.h"

#include <gtest/gtest.h>

namespace righttask::protocol::phoenix {
namespace {

TEST(JoinParams, TakesWhatClientsSend) {  // PHX-17
  for (const char* json : {"{}", "null", "[]", "\"x\"", "5", R"({"token":"t","x":{"y":1}})",
                           R"({"user_id":"","name":null,"state_vector":null})"}) {
    SCOPED_TRACE(json);
    const auto params = parse_join(json);
    ASSERT_TRUE(params);
    EXPECT_EQ(params->user_id, "");
    EXPECT_FALSE(params->name || params->color || params->state_vector);
  }
  const auto params =
      parse_join(R"({"state_vector":"AQID","user_id":"u-1","name":"Ann","color":"#A0b1c2"})");
  ASSERT_TRUE(params);
  EXPECT_EQ(params->user_id, "u-1");
  EXPECT_EQ(params->name, "Ann");
  EXPECT_EQ(params->color, "#A0b1c2");
  EXPECT_EQ(params->state_vector, bytes(1, 2, 3));
  EXPECT_EQ(params->token, std::nullopt);
  EXPECT_EQ(parse_join(R"({"token":"a.b.c"})")->token, "a.b.c");
}

TEST(JoinParams, RefusesTheRest) {  // PHX-17
  struct Case {
    std::string json;
    Refusal want;
  };
  const Case cases[] = {
      {R"({"user_id":5})", Refusal::invalid_presence},
      {R"({"user_id":["u"]})", Refusal::invalid_presence},
      {R"({"user_id":"\ud83d"})", Refusal::invalid_presence},
      {R"({"user_id":")" + std::string(256, 'u') + "\"}", Refusal::invalid_presence},
      {R"({"name":5})", Refusal::invalid_presence},
      {R"({"name":")" + std::string(101, 'n') + "\"}", Refusal::invalid_presence},
      {R"({"color":"red"})", Refusal::invalid_presence},
      {R"({"state_vector":[0]})", Refusal::invalid_state_vector},
      {R"({"state_vector":"*"})", Refusal::invalid_state_vector},
      {R"({"state_vector":"A"})", Refusal::invalid_state_vector},
      {R"({"state_vector":{}})", Refusal::invalid_state_vector},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    const auto params = parse_join(c.json);
    ASSERT_FALSE(params);
    EXPECT_EQ(params.error(), c.want);
  }
}

TEST(Update, IsAListOfBytesUnderData) {  // PHX-20
  EXPECT_EQ(parse_update(R"({"data":[0,0]})"), bytes(0, 0));
  EXPECT_EQ(parse_update(R"({"data":[]})"), Bytes{});
  EXPECT_EQ(parse_update(R"({"data":[1],"data":[2],"x":null})"), bytes(2));
  for (const char* json : {"{}", "[0,0]", "null", R"({"data":null})", R"({"data":"AAA="})",
                           R"({"data":[256]})", R"({"Data":[0,0]})", R"({"data":{"0":0,"1":0}})"}) {
    EXPECT_EQ(parse_update(json), std::nullopt) << json;
  }
}

TEST(Presence, TakesNameAndColourAndDropsTheRest) {  // PHX-23
  struct Case {
    std::string json, want;
  };
  const std::string longest(100, 'n');
  const std::string emojis = [] {
    std::string text;
    for (int i = 0; i < 50; ++i) text += "😀";
    return text;
  }();
  const Case cases[] = {
      {"{}", ""},
      {R"({"x":1,"role":"admin"})", ""},
      {R"({"name":null,"color":null})", ""},
      {R"({"name":"Ann"})", R"("name":"Ann")"},
      {R"({"color":"#00ff7F"})", R"("color":"#00ff7F")"},
      {R"({"color":"#808080","phx_ref":"x","name":"A\"\n"})",
       R"("name":"A\"\n","color":"#808080")"},
      {R"({"name":""})", R"("name":"")"},
      {R"({"name":")" + longest + "\"}", "\"name\":\"" + longest + '"'},
      {R"({"name":")" + emojis + "\"}", "\"name\":\"" + emojis + '"'},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    const auto appearance = parse_presence(c.json);
    ASSERT_TRUE(appearance);
    EXPECT_EQ(presence_fields(*appearance), c.want);
  }
}

TEST(Presence, RefusesTheRest) {  // PHX-23
  const std::string cases[] = {"null",
                               "[]",
                               "\"Ann\"",
                               "5",
                               R"({"name":5})",
                               R"({"name":["a"]})",
                               R"({"name":"\udc00"})",
                               R"({"name":")" + std::string(101, 'n') + "\"}",
                               R"({"name":")" + std::string(99, 'n') + "😀\"}",  // 101 UTF-16 units
                               R"({"color":5})",
                               R"({"color":""})",
                               R"({"color":"808080"})",
                               R"({"color":"#80808"})",
                               R"({"color":"#8080800"})",
                               R"({"color":"#80808g"})",
                               R"({"color":"#fff"})",
                               R"({"name":"Ann","color":"red"})"};
  for (const auto& json : cases) EXPECT_FALSE(parse_presence(json)) << json;
}

TEST(JoinReply, HoldsTheStateAsTheClientAskedForIt) {  // PHX-16
  const Joined joined{share(bytes(1, 255, 0)), bytes(1, 2, 3)};
  Bytes legacy, by_vector, empty, by_vector_empty;
  append_joined_legacy(legacy, joined);
  EXPECT_EQ(as_text(legacy), R"({"state":[1,255,0]})");
  append_joined_by_vector(by_vector, joined);
  EXPECT_EQ(as_text(by_vector), R"({"update":"Af8A","state_vector":"AQID"})");
  const Joined nothing{share(bytes(0, 0)), bytes(0)};
  append_joined_legacy(empty, nothing);
  EXPECT_EQ(as_text(empty), R"({"state":[]})");
  append_joined_by_vector(by_vector_empty, nothing);
  EXPECT_EQ(as_text(by_vector_empty), R"({"update":"AAA=","state_vector":"AA=="})");
}

TEST(PresenceOut, HasPhoenixsShapes) {  // PHX-24
  const PresenceMeta first{"r1", "", 1700000000, R"("name":"Ann")"};
  const PresenceMeta second{"r2", "r0", 1700000005, ""};
  Bytes state, diff, nothing;
  append_presence_state(state, {std::make_shared<const std::vector<PresenceEntry>>(
                                   std::vector<PresenceEntry>{{"u\"1", {first, second}}})});
  EXPECT_EQ(as_text(state),
            R"({"u\"1":{"metas":[{"online_at":"1700000000","name":"Ann","phx_ref":"r1"},)"
            R"({"online_at":"1700000005","phx_ref":"r2","phx_ref_prev":"r0"}]}})");
  append_presence_diff(diff, {{{"a", {first}}, {"b", {first}}}, {}});
  EXPECT_EQ(as_text(diff),
            R"({"joins":{"a":{"metas":[{"online_at":"1700000000","name":"Ann","phx_ref":"r1"}]},)"
            R"("b":{"metas":[{"online_at":"1700000000","name":"Ann","phx_ref":"r1"}]}},)"
            R"("leaves":{}})");
  append_presence_state(nothing, {std::make_shared<const std::vector<PresenceEntry>>()});
  EXPECT_EQ(as_text(nothing), "{}");
}

}  // namespace
}  // namespace righttask::protocol::phoenix

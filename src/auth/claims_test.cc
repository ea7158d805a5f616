#include "auth/claims.h"

#include <gtest/gtest.h>

namespace righttask::auth {
namespace {

UnixSeconds at(std::int64_t seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}

std::vector<std::string> rules(const Claims& claims) {
  std::vector<std::string> out;
  out.reserve(claims.rooms.size());
  for (const RoomRule& rule : claims.rooms) {
    out.push_back(rule.pattern() + (rule.access == Access::read ? " readonly" : " read-write"));
  }
  return out;
}

TEST(Claims, ReadsAll) {  // TOK-17 to TOK-21
  const auto claims = parse_claims(
      R"({"sub":"u","name":"Ann","jti":"t","iat":1,"nbf":2,"exp":3,"iss":"i","aud":["a","b"],
          "rooms":["r","p*"],"unknown":{"x":[1.5]}})");
  ASSERT_TRUE(claims) << to_string(claims.error());
  EXPECT_EQ(claims->subject, "u");
  EXPECT_EQ(claims->name, "Ann");
  EXPECT_EQ(claims->token_id, "t");
  EXPECT_EQ(claims->issued, at(1));
  EXPECT_EQ(claims->not_before, at(2));
  EXPECT_EQ(claims->expires, at(3));
  EXPECT_EQ(claims->issuer, "i");
  EXPECT_EQ(claims->audience, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(rules(*claims), (std::vector<std::string>{"r read-write", "p* read-write"}));
}

TEST(Claims, AllMayBeAbsent) {  // TOK-19, TOK-20
  const auto claims = parse_claims("{}");
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->subject, "");
  EXPECT_EQ(claims->expires, std::nullopt);
  EXPECT_TRUE(claims->rooms.empty());
}

TEST(Claims, ScopeIsTheCeilingOfRooms) {  // TOK-21
  struct Case {
    std::string_view json;
    std::vector<std::string> want;
  };
  const Case cases[] = {
      {R"({"rooms":["a"],"scope":"readonly"})", {"a readonly"}},
      {R"({"rooms":["a"],"scope":"read-write"})", {"a read-write"}},
      {R"({"rooms":{"a":"readonly","b*":"read-write"}})", {"a readonly", "b* read-write"}},
      {R"({"rooms":{"a":"readonly","b":"read-write"},"scope":"readonly"})",
       {"a readonly", "b readonly"}},
      {R"({"rooms":{"a":"readonly","b":"read-write"},"scope":"read-write"})",
       {"a readonly", "b read-write"}},
      {R"({"rooms":[]})", {}},
      {R"({"rooms":{}})", {}},
      {R"({"scope":"read-write"})", {}},
  };
  for (const auto& c : cases) {
    const auto claims = parse_claims(c.json);
    ASSERT_TRUE(claims) << c.json;
    EXPECT_EQ(rules(*claims), c.want) << c.json;
  }
}

TEST(Claims, RefusesWhatIsNotAsItShould) {  // TOK-16 to TOK-21
  const auto with = [](std::string_view key, const std::string& value) {
    return "{\"" + std::string(key) + "\":" + value + "}";
  };
  const std::string long_text = "\"" + std::string(256, 'x') + "\"";
  struct Case {
    std::string json;
    TokenError want;
  };
  std::vector<Case> cases = {
      {"", TokenError::payload_malformed},
      {"[]", TokenError::payload_malformed},
      {R"({"sub":"a","sub":"b"})", TokenError::payload_malformed},
      {R"({"rooms":{"a":"readonly","\u0061":"read-write"}})", TokenError::payload_malformed},
      {with("exp", "NaN"), TokenError::payload_malformed},
      {with("exp", "99999999999999999999"), TokenError::payload_malformed},
      {with("sub", "1"), TokenError::subject_malformed},
      {with("sub", "\"\""), TokenError::subject_malformed},
      {with("sub", "null"), TokenError::subject_malformed},
      {with("sub", long_text), TokenError::subject_malformed},
      {with("name", "{}"), TokenError::name_malformed},
      {with("name", "\"" + std::string(101, 'x') + "\""), TokenError::name_malformed},
      {with("jti", "1"), TokenError::id_malformed},
      {with("jti", "\"\""), TokenError::id_malformed},
      {with("jti", long_text), TokenError::id_malformed},
      {with("rooms", "\"a\""), TokenError::rooms_malformed},
      {with("rooms", "null"), TokenError::rooms_malformed},
      {with("rooms", "[1]"), TokenError::rooms_malformed},
      {with("rooms", "[[\"a\"]]"), TokenError::rooms_malformed},
      {with("rooms", "[\"a\",\"\"]"), TokenError::rooms_malformed},
      {with("rooms", "[\"a\\n\"]"), TokenError::rooms_malformed},
      {with("rooms", "[" + long_text + "]"), TokenError::rooms_malformed},
      {with("rooms", "{\"\":\"readonly\"}"), TokenError::rooms_malformed},
      {with("rooms", "{\"a\":\"write\"}"), TokenError::scope_malformed},
      {with("rooms", "{\"a\":true}"), TokenError::scope_malformed},
      {with("scope", "\"openid profile\""), TokenError::scope_malformed},
      {with("scope", "\"Readonly\""), TokenError::scope_malformed},
      {with("scope", "\"\""), TokenError::scope_malformed},
      {with("scope", "[\"readonly\"]"), TokenError::scope_malformed},
  };
  for (const std::string_view key : {"exp", "nbf", "iat"}) {
    for (const std::string value : {"1.5", "1e9", "-1", "\"1\"", "null", "true", "[1]",
                                    "253402300800", "1800000000000", "9223372036854775807"}) {
      cases.push_back({with(key, value), TokenError::time_malformed});
    }
  }
  for (const auto& c : cases) {
    const auto claims = parse_claims(c.json);
    ASSERT_FALSE(claims) << c.json;
    EXPECT_EQ(to_string(claims.error()), to_string(c.want)) << c.json;
  }
}

TEST(Claims, IssuerAndAudienceOfAnotherTypeAreNone) {  // TOK-18
  for (const std::string_view json : {R"({"iss":1,"aud":{}})", R"({"iss":["i"],"aud":["a",1]})",
                                      R"({"iss":null,"aud":null})", R"({"aud":[]})"}) {
    const auto claims = parse_claims(json);
    ASSERT_TRUE(claims) << json;
    EXPECT_EQ(claims->issuer, std::nullopt) << json;
    EXPECT_TRUE(claims->audience.empty()) << json;
  }
  EXPECT_EQ(parse_claims(R"({"aud":"a"})")->audience, std::vector<std::string>{"a"});
}

TEST(Claims, NamesAreCountedInUtf16Units) {  // TOK-19
  std::string name;
  for (int i = 0; i < 50; ++i) name += "👋";  // two units each
  EXPECT_EQ(parse_claims("{\"name\":\"" + name + "\"}")->name, name);
  EXPECT_FALSE(parse_claims("{\"name\":\"" + name + "x\"}"));
}

}  // namespace
}  // namespace righttask::auth

#include "api/rights_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace righttask::api {
namespace {

using auth::Holder;
using std::chrono::seconds;
using testing::HasSubstr;
using Revocation = auth::RevocationList::Entry;

UnixSeconds at(std::int64_t time) {
  return UnixSeconds(seconds(time));
}

server::RightsLists some_lists() {
  const RoomName room = *RoomName::parse("a\"b\xc3\xa9/*");
  return {.restrictions = {{room, {Holder::Kind::subject, "ann\n"}, std::nullopt, at(5)},
                           {room, {Holder::Kind::token_id, "t"}, Access::read, UnixSeconds::max()}},
          .revocations = {{Revocation::Kind::token, "t", at(0), UnixSeconds::max()},
                          {Revocation::Kind::subject, "ann", at(7), at(8)}}};
}

TEST(RightsLists, SurviveTheRoundTrip) {  // ADM-13
  for (const auto& lists : {server::RightsLists(), some_lists()}) {
    const auto read = decode_lists(encode_lists(lists));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(*read, lists);
  }
}

TEST(RightsLists, AreReadWhollyOrNotAtAll) {  // ADM-13
  const struct {
    const char *text, *says;
  } cases[] = {
      {"", "line 1"},
      {"[]", "object"},
      {"{}", "another version"},
      {R"({"version":2,"restrictions":[],"revocations":[]})", "another version"},
      {R"({"version":1,"revocations":[]})", "restrictions: has to be a list"},
      {R"({"version":1,"restrictions":[]})", "revocations: has to be a list"},
      {R"({"version":1,"restrictions":[5],"revocations":[]})",
       "restrictions 1: has to be an object"},
      {R"({"version":1,"restrictions":[{"room":"","subject":"a","scope":"none"}],"revocations":[]})",
       "restrictions 1: room: "},
      {R"({"version":1,"restrictions":[{"room":"a","subject":"a","scope":"all"}],"revocations":[]})",
       "restrictions 1: scope: "},
      {R"({"version":1,"restrictions":[],"revocations":[{"token_id":"t"},{}]})",
       "revocations 2: give either"},
      {R"({"version":1,"restrictions":[],"revocations":[{"token_id":"t","more":1}]})",
       "revocations 1: more: "},
  };
  for (const auto& c : cases) {
    const auto read = decode_lists(c.text);
    ASSERT_FALSE(read) << c.text;
    EXPECT_THAT(read.error(), HasSubstr(c.says)) << c.text;
  }
}

}  // namespace
}  // namespace righttask::api

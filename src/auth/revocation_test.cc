#include "auth/revocation.h"

#include <gtest/gtest.h>

namespace righttask::auth {
namespace {

UnixSeconds at(std::int64_t seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}

Grant grant(std::string subject, std::string token_id, std::optional<UnixSeconds> issued) {
  Grant out;
  out.subject = std::move(subject);
  out.token_id = std::move(token_id);
  out.issued = issued;
  return out;
}

TEST(RevocationList, RevokesOneToken) {  // TOK-24
  RevocationList list;
  ASSERT_TRUE(list.revoke_token("t1", at(100), at(0)));
  EXPECT_TRUE(list.revokes(grant("u", "t1", at(1))));
  EXPECT_FALSE(list.revokes(grant("u", "t2", at(1))));
  EXPECT_FALSE(list.revokes(grant("t1", "", at(1))));
  EXPECT_FALSE(list.revokes(Grant()));
}

TEST(RevocationList, RevokesWhatAUserWasGivenBefore) {  // TOK-24
  RevocationList list;
  ASSERT_TRUE(list.revoke_subject("u", at(50), at(100), at(0)));
  EXPECT_TRUE(list.revokes(grant("u", "", at(49))));
  EXPECT_TRUE(list.revokes(grant("u", "", std::nullopt)));
  EXPECT_FALSE(list.revokes(grant("u", "", at(50))));
  EXPECT_FALSE(list.revokes(grant("v", "", at(49))));
  EXPECT_FALSE(list.revokes(grant("", "u", std::nullopt)));
}

TEST(RevocationList, ListsAndLifts) {  // TOK-24
  using Entry = RevocationList::Entry;
  RevocationList list;
  ASSERT_TRUE(list.revoke_token("t1", at(100), at(0)));
  ASSERT_TRUE(list.revoke_subject("u", at(50), at(90), at(0)));
  const std::vector<Entry> want{{Entry::Kind::token, "t1", at(0), at(100)},
                                {Entry::Kind::subject, "u", at(50), at(90)}};
  EXPECT_EQ(list.entries(), want);
  EXPECT_FALSE(list.lift_token("u"));
  EXPECT_FALSE(list.lift_subject("t1"));
  EXPECT_TRUE(list.lift_token("t1"));
  EXPECT_TRUE(list.lift_subject("u"));
  EXPECT_FALSE(list.lift_subject("u"));
  EXPECT_FALSE(list.revokes(grant("u", "t1", at(1))));
}

TEST(RevocationList, RevokingAgainNeverRevokesLess) {  // TOK-24
  RevocationList list;
  ASSERT_TRUE(list.revoke_subject("u", at(50), at(100), at(0)));
  ASSERT_TRUE(list.revoke_subject("u", at(40), at(90), at(0)));
  ASSERT_TRUE(list.revoke_token("t", at(100), at(0)));
  ASSERT_TRUE(list.revoke_token("t", at(90), at(0)));
  list.forget_ended(at(95));
  EXPECT_TRUE(list.revokes(grant("u", "", at(49))));
  EXPECT_TRUE(list.revokes(grant("v", "t", at(99))));
  EXPECT_EQ(list.size(), 2u);
}

TEST(RevocationList, ForgetsWhatHasEnded) {  // TOK-24
  RevocationList list;
  ASSERT_TRUE(list.revoke_token("t", at(100), at(0)));
  ASSERT_TRUE(list.revoke_subject("u", at(50), at(101), at(0)));
  list.forget_ended(at(99));
  EXPECT_EQ(list.size(), 2u);
  list.forget_ended(at(100));
  EXPECT_EQ(list.size(), 1u);
  list.forget_ended(at(101));
  EXPECT_EQ(list.size(), 0u);
}

TEST(RevocationList, AFullListRefusesAndForgetsNothingThatCounts) {  // TOK-24
  RevocationList list(2);
  ASSERT_TRUE(list.revoke_token("t1", at(100), at(0)));
  ASSERT_TRUE(list.revoke_token("t2", at(200), at(0)));
  EXPECT_EQ(list.revoke_token("t3", at(100), at(99)).error(), RevocationError::list_full);
  EXPECT_EQ(list.revoke_subject("u", at(1), at(100), at(99)).error(), RevocationError::list_full);
  EXPECT_TRUE(list.revoke_token("t2", at(300), at(99)));  // known already
  EXPECT_TRUE(list.revokes(grant("u", "t1", at(1))));
  EXPECT_TRUE(list.revoke_token("t3", at(300), at(100)));  // t1 has ended
  EXPECT_EQ(list.size(), 2u);
}

TEST(RevocationList, RefusesIdsThatNoTokenHas) {  // TOK-24
  RevocationList list;
  for (const std::string& bad : {std::string(), std::string(256, 'x')}) {
    EXPECT_EQ(list.revoke_token(bad, at(1), at(0)).error(), RevocationError::id_malformed);
    EXPECT_EQ(list.revoke_subject(bad, at(1), at(1), at(0)).error(), RevocationError::id_malformed);
  }
}

}  // namespace
}  // namespace righttask::auth

#include "auth/restriction.h"

#include <gtest/gtest.h>

namespace righttask::auth {
namespace {

UnixSeconds at(std::int64_t seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}

RoomName room(std::string_view name) {
  return *RoomName::parse(name);
}

Grant grant(std::string subject, std::string token_id = {}) {
  Grant out;
  out.subject = std::move(subject);
  out.token_id = std::move(token_id);
  return out;
}

const Holder kAnn{Holder::Kind::subject, "ann"};
const Holder kToken{Holder::Kind::token_id, "t1"};
constexpr auto kAll = Access::read_write;

TEST(RestrictionList, CapsWhatAUserMayDoInOneRoom) {  // TOK-38
  RestrictionList list;
  ASSERT_TRUE(list.restrict({room("a"), kAnn, Access::read, at(100)}, at(0)));
  EXPECT_EQ(list.cap(room("a"), grant("ann"), kAll, at(1)), Access::read);
  EXPECT_EQ(list.cap(room("a"), grant("ann", "t2"), kAll, at(1)), Access::read);
  EXPECT_EQ(list.cap(room("b"), grant("ann"), kAll, at(1)), kAll);
  EXPECT_EQ(list.cap(room("a"), grant("bob"), kAll, at(1)), kAll);
  EXPECT_EQ(list.cap(room("a"), grant("", "ann"), kAll, at(1)), kAll);
  EXPECT_EQ(list.cap(room("a"), grant(""), kAll, at(1)), kAll);
}

TEST(RestrictionList, KeepsOutABearer) {  // TOK-38
  RestrictionList list;
  ASSERT_TRUE(list.restrict({room("a"), kToken, std::nullopt, at(100)}, at(0)));
  EXPECT_EQ(list.cap(room("a"), grant("", "t1"), kAll, at(1)), std::nullopt);
  EXPECT_EQ(list.cap(room("a"), grant("ann", "t1"), Access::read, at(1)), std::nullopt);
  EXPECT_EQ(list.cap(room("a"), grant("t1", "t2"), kAll, at(1)), kAll);
}

TEST(RestrictionList, NeverGivesMoreThanTheGrant) {  // TOK-38
  RestrictionList list;
  ASSERT_TRUE(list.restrict({room("a"), kAnn, Access::read_write, at(100)}, at(0)));
  EXPECT_EQ(list.cap(room("a"), grant("ann"), Access::read, at(1)), Access::read);
}

TEST(RestrictionList, EndsByItself) {  // TOK-38
  RestrictionList list;
  ASSERT_TRUE(list.restrict({room("a"), kAnn, std::nullopt, at(100)}, at(0)));
  ASSERT_TRUE(list.restrict({room("b"), kAnn, std::nullopt, UnixSeconds::max()}, at(0)));
  EXPECT_EQ(list.next_end(), at(100));
  EXPECT_EQ(list.cap(room("a"), grant("ann"), kAll, at(99)), std::nullopt);
  EXPECT_EQ(list.cap(room("a"), grant("ann"), kAll, at(100)), kAll);
  list.forget_ended(at(100));
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(list.next_end(), UnixSeconds::max());
}

TEST(RestrictionList, IsReplacedAndLifted) {  // TOK-38
  RestrictionList list;
  ASSERT_TRUE(list.restrict({room("a"), kAnn, std::nullopt, UnixSeconds::max()}, at(0)));
  ASSERT_TRUE(list.restrict({room("a"), kAnn, Access::read, at(50)}, at(0)));
  const Restriction want{room("a"), kAnn, Access::read, at(50)};
  EXPECT_EQ(list.entries(), std::vector{want});
  EXPECT_FALSE(list.lift(room("b"), kAnn));
  EXPECT_FALSE(list.lift(room("a"), {Holder::Kind::token_id, "ann"}));
  EXPECT_TRUE(list.lift(room("a"), kAnn));
  EXPECT_FALSE(list.lift(room("a"), kAnn));
  EXPECT_EQ(list.cap(room("a"), grant("ann"), kAll, at(1)), kAll);
}

TEST(RestrictionList, RefusesRatherThanForgets) {  // TOK-38
  RestrictionList list(2);
  ASSERT_TRUE(list.restrict({room("a"), kAnn, Access::read, at(10)}, at(0)));
  ASSERT_TRUE(list.restrict({room("b"), kAnn, Access::read, at(20)}, at(0)));
  EXPECT_EQ(list.restrict({room("c"), kAnn, Access::read, at(9)}, at(5)).error(),
            RestrictionError::list_full);
  EXPECT_TRUE(list.restrict({room("a"), kAnn, std::nullopt, at(10)}, at(5)));
  EXPECT_TRUE(list.restrict({room("c"), kAnn, Access::read, at(30)}, at(10)));
  EXPECT_EQ(list.cap(room("b"), grant("ann"), kAll, at(10)), Access::read);
}

TEST(RestrictionList, RefusesIdsThatNoTokenHas) {  // TOK-38
  RestrictionList list;
  for (const std::string& id : {std::string(), std::string(256, 'x')}) {
    EXPECT_EQ(list.restrict({room("a"), {Holder::Kind::subject, id}, {}, at(9)}, at(0)).error(),
              RestrictionError::id_malformed);
  }
}

TEST(Holder, IsTheUserElseTheToken) {  // TOK-38
  EXPECT_EQ(Holder::of(grant("ann", "t1")), kAnn);
  EXPECT_EQ(Holder::of(grant("", "t1")), kToken);
  EXPECT_EQ(Holder::of(grant("")), std::nullopt);
}

}  // namespace
}  // namespace righttask::auth

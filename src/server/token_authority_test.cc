#include "server/token_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "auth/testing/hs256.h"

namespace righttask::server {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr UnixSeconds kNow{seconds(1'800'000'000)};

RoomName room(std::string_view name) {
  return *RoomName::parse(name);
}

/// Signed by the key, and good for so long, leeway apart.
std::string lasting(seconds life, const std::string& claims, std::string_view secret = kSecret) {
  const auto exp = std::to_string((kNow + life).time_since_epoch().count());
  return auth::testing::hs256_token(R"({"alg":"HS256"})", R"({"exp":)" + exp + "," + claims + "}",
                                    secret);
}

/// The same, for a minute.
std::string token(const std::string& claims = R"("rooms":["a","b*"],"sub":"u-1","name":"Ann")",
                  std::string_view secret = kSecret) {
  return lasting(seconds(60), claims, secret);
}

class TokenAuthorityTest : public ::testing::Test {
 protected:
  using Gates = Result<std::unique_ptr<protocol::Gate>, Refusal>;

  Gates open(const std::optional<std::string>& with) {
    return authority_.open(ConnectionId(7), with, "/target");
  }
  std::string log() const { return text_.str(); }

  /// What a refused answer says.
  static std::string_view why(const Result<protocol::Admission, Refusal>& answer) {
    return answer ? "admitted" : to_string(answer.error());
  }

  /// What has become of rights at this time: "#1 room a: expires in 10", …
  std::vector<std::string> told_at(seconds since_start) {
    now_ = kNow + since_start;
    authority_.sweep();
    return told();
  }
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const RightsNotice& notice : authority_.take_notices()) {
      EXPECT_EQ(notice.connection, ConnectionId(7));
      out.push_back(describe(notice));
    }
    return out;
  }
  static std::string describe(const RightsNotice& notice) {
    if (const auto* end = std::get_if<protocol::GrantEnd>(&notice.what)) {
      return "connection: " + std::string(to_string(*end));
    }
    const auto& of = std::get<RightsNotice::OfChannel>(notice.what);
    std::string out = "#" + std::to_string(of.channel) + " " + of.room.str() + ": ";
    if (const auto* expiring = std::get_if<protocol::GrantExpiring>(&of.change)) {
      return out + "expires in " + std::to_string(expiring->left.count());
    }
    if (const auto* changed = std::get_if<protocol::AccessChanged>(&of.change)) {
      return out + std::string(protocol::to_string(changed->access));
    }
    return out + std::string(to_string(std::get<protocol::GrantEnded>(of.change).why));
  }

  std::uint32_t next_channel_ = 1;
  UnixSeconds now_ = kNow;
  std::ostringstream text_;
  ops::Log log_ = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_));
  TokenAuthority authority_{
      auth::TokenVerifier(*auth::KeySet::from_secret(kSecret), auth::VerifierOptions{}),
      [this] { return now_; }, log_};
};

TEST_F(TokenAuthorityTest, AdmitsToTheRoomsOfTheConnectionsToken) {  // TOK-22, TOK-25
  const auto gate = open(token(R"("rooms":{"a":"read-write","b*":"readonly"},"sub":"u-1")"));
  ASSERT_TRUE(gate);
  const auto a = (*gate)->admit(next_channel_++, room("a"), std::nullopt);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->access, Access::read_write);
  EXPECT_EQ(a->subject, "u-1");
  EXPECT_EQ(a->name, "");
  EXPECT_EQ((*gate)->admit(next_channel_++, room("b1"), std::nullopt)->access, Access::read);
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("c"), std::nullopt)), "forbidden");
  EXPECT_NE(log().find("room c: join refused: the token does not open it"), std::string::npos);
}

TEST_F(TokenAuthorityTest, RefusesConnectionsWhoseTokenDoesNotCount) {  // TOK-25, TOK-26
  const std::string forged = token(R"("rooms":["*"])", "another secret of 32 bytes or more");
  EXPECT_EQ(open(forged).error(), Refusal::unauthorized);
  EXPECT_EQ(open(std::string()).error(), Refusal::unauthorized);
  now_ += seconds(66);
  EXPECT_EQ(open(token()).error(), Refusal::expired);
  EXPECT_NE(log().find("connection refused, /target: its token does not count: its signature is "
                       "wrong"),
            std::string::npos);
  EXPECT_NE(log().find("it has expired (exp)"), std::string::npos);
  EXPECT_EQ(log().find(forged.substr(0, 20)), std::string::npos);
}

TEST_F(TokenAuthorityTest, AsksEveryJoinForATokenWhereTheConnectionBroughtNone) {  // TOK-25
  const auto gate = open(std::nullopt);
  ASSERT_TRUE(gate);
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), std::nullopt)), "unauthorized");
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), "broken")), "unauthorized");
  const auto admitted = (*gate)->admit(next_channel_++, room("a"), token());
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->name, "Ann");
  // It was that join's alone.
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), std::nullopt)), "unauthorized");
}

TEST_F(TokenAuthorityTest, LetsTheTokenOfAJoinReplaceTheConnections) {  // TOK-26
  const auto gate = open(token(R"("rooms":["a"],"sub":"u-1")"));
  ASSERT_TRUE(gate);
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), token(R"("rooms":["b"])"))),
            "forbidden");
  EXPECT_EQ(
      (*gate)->admit(next_channel_++, room("b"), token(R"("rooms":["b"],"sub":"u-2")"))->subject,
      "u-2");
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), "broken")), "unauthorized");
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), std::nullopt)), "admitted");
}

TEST_F(TokenAuthorityTest, EndsWithTheToken) {  // TOK-23
  const auto gate = open(token());
  ASSERT_TRUE(gate);
  now_ += seconds(64);
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), std::nullopt)), "admitted");
  now_ += seconds(1);
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), std::nullopt)), "expired");
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), token())), "expired");
}

TEST_F(TokenAuthorityTest, AsksForANewTokenBeforeTheOldOneEnds) {  // TOK-35
  const auto gate = open(token());  // ends after 65 s: a quarter of that is 16 s
  ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  EXPECT_THAT(told_at(seconds(48)), IsEmpty());
  EXPECT_THAT(told_at(seconds(49)), ElementsAre("#1 a: expires in 16"));
  EXPECT_THAT(told_at(seconds(64)), IsEmpty());
  const auto long_lived = open(lasting(seconds(3'600), R"("rooms":["a"])"));
  ASSERT_TRUE((*long_lived)->admit(1, room("a"), std::nullopt));
  EXPECT_THAT(told_at(seconds(3'544)), testing::Not(Contains(StartsWith("#1 a: expires"))));
  EXPECT_THAT(told_at(seconds(3'545)), ElementsAre("#1 a: expires in 60"));
  const auto brief = open(lasting(seconds(3'546), R"("rooms":["a"])"));  // 6 s left
  ASSERT_TRUE((*brief)->admit(1, room("a"), std::nullopt));
  EXPECT_THAT(told_at(seconds(3'549)), IsEmpty());
  EXPECT_THAT(told_at(seconds(3'550)), ElementsAre("#1 a: expires in 1"));
}

TEST_F(TokenAuthorityTest, EndsAConnectionWhoseTokenNobodyRenewed) {  // TOK-36
  const auto gate = open(token());
  ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  ASSERT_TRUE((*gate)->admit(2, room("b"), std::nullopt));
  told_at(seconds(64));
  EXPECT_THAT(told_at(seconds(65)),
              ElementsAre("#1 a: expired", "#2 b: expired", "connection: expired"));
  EXPECT_THAT(told_at(seconds(100)), IsEmpty());
}

TEST_F(TokenAuthorityTest, EndsAConnectionWithoutChannels) {  // TOK-36
  const auto gate = open(token());
  ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  (*gate)->release(1);
  EXPECT_THAT(told_at(seconds(64)), IsEmpty());
  EXPECT_THAT(told_at(seconds(65)), ElementsAre("connection: expired"));
}

TEST_F(TokenAuthorityTest, KeepsAConnectionForChannelsWithTokensOfTheirOwn) {  // TOK-36
  const auto gate = open(token());
  ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  ASSERT_TRUE((*gate)->admit(2, room("c"), lasting(seconds(600), R"("rooms":["c"])")));
  told_at(seconds(64));
  EXPECT_THAT(told_at(seconds(65)), ElementsAre("#1 a: expired"));
  EXPECT_EQ(why((*gate)->admit(3, room("a"), std::nullopt)), "expired");
  EXPECT_THAT(told_at(seconds(70)), IsEmpty());
  (*gate)->release(2);
  EXPECT_THAT(told_at(seconds(71)), ElementsAre("connection: expired"));
  EXPECT_THAT(told_at(seconds(72)), IsEmpty());
}

TEST_F(TokenAuthorityTest, EndsAChannelWithATokenOfItsOwn) {  // TOK-36
  const auto gate = open(std::nullopt);
  ASSERT_TRUE((*gate)->admit(1, room("a"), token()));
  told_at(seconds(64));
  EXPECT_THAT(told_at(seconds(65)), ElementsAre("#1 a: expired"));
  EXPECT_EQ((*gate)->renew(1, token()).error(), Refusal::not_joined);
}

TEST_F(TokenAuthorityTest, TakesANewTokenForAllThatWentByTheOld) {  // TOK-37
  const auto gate = open(token());
  ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  ASSERT_TRUE((*gate)->admit(2, room("b"), std::nullopt));
  told_at(seconds(50));
  const auto renewed = (*gate)->renew(
      1, lasting(seconds(600), R"("rooms":{"a":"read-write","b":"readonly"},"sub":"u-1")"));
  ASSERT_TRUE(renewed);
  EXPECT_EQ(renewed->access, Access::read_write);
  EXPECT_EQ(renewed->left, seconds(555));
  EXPECT_THAT(told(), ElementsAre("#2 b: readonly"));
  EXPECT_THAT(told_at(seconds(100)), IsEmpty());
  EXPECT_EQ(why((*gate)->admit(3, room("a"), std::nullopt)), "admitted");
  EXPECT_THAT(told_at(seconds(545)), Contains("#1 a: expires in 60"));
  EXPECT_THAT(told_at(seconds(605)), Contains("connection: expired"));
}

TEST_F(TokenAuthorityTest, TakesATokenThatOpensOneRoomForThatChannelAlone) {  // TOK-37
  const auto gate = open(token());
  ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  ASSERT_TRUE((*gate)->admit(2, room("b"), std::nullopt));
  ASSERT_TRUE((*gate)->renew(1, lasting(seconds(600), R"("rooms":{"a":"readonly"},"sub":"u-1")")));
  EXPECT_THAT(told(), ElementsAre("#1 a: readonly"));
  told_at(seconds(64));
  EXPECT_THAT(told_at(seconds(65)), ElementsAre("#2 b: expired"));
}

TEST_F(TokenAuthorityTest, RefusesANewTokenThatIsNoReplacement) {  // TOK-37
  const auto gate = open(token());
  ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  const struct {
    std::string token;
    Refusal want;
  } cases[] = {
      {"broken", Refusal::unauthorized},
      {"", Refusal::unauthorized},
      {token(R"("rooms":["*"],"sub":"u-1")", "another secret of 32 bytes or more"),
       Refusal::unauthorized},
      {lasting(seconds(-10), R"("rooms":["*"],"sub":"u-1")"), Refusal::expired},
      {token(R"("rooms":["*"],"sub":"u-2")"), Refusal::forbidden},
      {token(R"("rooms":["*"])"), Refusal::forbidden},
      {token(R"("rooms":["b"],"sub":"u-1")"), Refusal::forbidden},
  };
  for (const auto& c : cases) EXPECT_EQ((*gate)->renew(1, c.token).error(), c.want) << c.token;
  EXPECT_EQ((*gate)->renew(2, token()).error(), Refusal::not_joined);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(told_at(seconds(65)), Contains("#1 a: expired"));
  EXPECT_EQ(log().find("sub"), std::string::npos);
}

TEST_F(TokenAuthorityTest, LetsGoOfThoseWhoseTokensAreRevoked) {  // TOK-24, TOK-36
  const auto ann = open(token(R"("rooms":["*"],"sub":"ann","jti":"t1")"));
  const auto bob = open(token(R"("rooms":["*"],"sub":"bob","jti":"t2")"));
  const auto own = open(std::nullopt);
  ASSERT_TRUE((*ann)->admit(1, room("a"), std::nullopt));
  ASSERT_TRUE((*bob)->admit(2, room("a"), std::nullopt));
  ASSERT_TRUE((*own)->admit(3, room("a"), token(R"("rooms":["*"],"sub":"ann","jti":"t3")")));
  ASSERT_TRUE(authority_.revocations().revoke_token("t1", kNow + seconds(65), now_));
  authority_.review();
  EXPECT_THAT(told(), ElementsAre("#1 a: revoked", "connection: revoked"));
  EXPECT_EQ(why((*ann)->admit(4, room("a"), std::nullopt)), "unauthorized");
  ASSERT_TRUE(authority_.revocations().revoke_subject("ann", now_, UnixSeconds::max(), now_));
  authority_.review();
  EXPECT_THAT(told(), ElementsAre("#3 a: revoked"));
  authority_.review();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(TokenAuthorityTest, HoldsUsersToWhatOperatorsLeaveThem) {  // TOK-38
  const auto gate = open(token());                                // u-1
  ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  ASSERT_TRUE((*gate)->admit(2, room("b"), std::nullopt));
  const auth::Holder user{auth::Holder::Kind::subject, "u-1"};
  EXPECT_EQ(authority_.holder_of({ConnectionId(7), 1}), user);
  EXPECT_EQ(authority_.holder_of({ConnectionId(7), 9}), std::nullopt);
  EXPECT_EQ(authority_.holder_of({ConnectionId(8), 1}), std::nullopt);
  auth::RestrictionList& list = authority_.restrictions();

  ASSERT_TRUE(list.restrict({room("a"), user, Access::read, kNow + seconds(10)}, now_));
  authority_.review();
  EXPECT_THAT(told(), ElementsAre("#1 a: readonly"));
  EXPECT_EQ((*gate)->admit(3, room("a"), token())->access, Access::read);
  EXPECT_EQ((*gate)->renew(1, token())->access, Access::read);
  EXPECT_THAT(told_at(seconds(9)), IsEmpty());
  EXPECT_THAT(told_at(seconds(10)), ElementsAre("#1 a: read-write", "#3 a: read-write"));

  ASSERT_TRUE(list.restrict({room("a"), user, std::nullopt, kNow + seconds(20)}, now_));
  authority_.review();
  EXPECT_THAT(told(), ElementsAre("#1 a: kicked", "#3 a: kicked"));
  EXPECT_EQ(why((*gate)->admit(4, room("a"), token())), "forbidden");
  EXPECT_EQ(why((*gate)->admit(4, room("b"), std::nullopt)), "admitted");
  now_ += seconds(10);
  EXPECT_EQ(why((*gate)->admit(5, room("a"), std::nullopt)), "admitted");
  EXPECT_NE(log().find("room a: join refused: its user is kept out"), std::string::npos);
}

TEST_F(TokenAuthorityTest, AsksForAFirstJoinInTime) {  // TOK-40
  TokenAuthority strict{auth::TokenVerifier(*auth::KeySet::from_secret(kSecret), {}),
                        [this] { return now_; }, log_, seconds(30)};
  const auto closed_at = [&](seconds since_start) {
    now_ = kNow + since_start;
    strict.sweep();
    std::vector<std::string> out;
    for (const RightsNotice& notice : strict.take_notices()) {
      out.push_back(std::to_string(notice.connection.value()) + ": " + describe(notice));
    }
    return out;
  };
  const auto idler = *strict.open(ConnectionId(1), std::nullopt, "/");
  const auto guesser = *strict.open(ConnectionId(2), std::nullopt, "/");
  const auto member = *strict.open(ConnectionId(3), std::nullopt, "/");
  const auto bearer = *strict.open(ConnectionId(4), lasting(seconds(600), R"("rooms":["a"])"), "/");
  EXPECT_TRUE(member->admit(1, room("a"), lasting(seconds(600), R"("rooms":["a"])")));
  member->release(1);
  EXPECT_THAT(closed_at(seconds(29)), IsEmpty());
  EXPECT_FALSE(guesser->admit(1, room("a"), "wrong"));  // what it tries gains it no time
  EXPECT_THAT(closed_at(seconds(30)), testing::UnorderedElementsAre("1: connection: unauthorized",
                                                                    "2: connection: unauthorized"));
  EXPECT_THAT(closed_at(seconds(300)), IsEmpty());
}

TEST_F(TokenAuthorityTest, ForgetsConnectionsThatHaveGone) {
  for (int i = 0; i < 3; ++i) {
    const auto gate = open(token());
    ASSERT_TRUE((*gate)->admit(1, room("a"), std::nullopt));
  }
  EXPECT_THAT(told_at(seconds(65)), IsEmpty());
}

TEST_F(TokenAuthorityTest, UsesNewKeysForNewTokens) {  // TOK-31
  constexpr std::string_view kNext = "the next secret, of 32 bytes or more";
  const auto gate = open(token());
  ASSERT_TRUE(gate);
  authority_.use(*auth::KeySet::from_secret(kNext));
  EXPECT_EQ(open(token()).error(), Refusal::unauthorized);
  EXPECT_TRUE(open(token(R"("rooms":["a"])", kNext)));
  EXPECT_EQ(why((*gate)->admit(next_channel_++, room("a"), std::nullopt)), "admitted");
}

TEST_F(TokenAuthorityTest, WritesABoundedNumberOfRefusals) {  // TOK-25
  const auto lines = [this] {
    const std::string text = log();
    return std::ranges::count(text, '\n');
  };
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(open("broken"));
  EXPECT_EQ(lines(), RefusalLog::kLinesMax);
  now_ += seconds(60);
  EXPECT_FALSE(open("broken"));
  EXPECT_EQ(lines(), RefusalLog::kLinesMax + 2);
  EXPECT_NE(log().find("40 more tokens refused"), std::string::npos);
  now_ -= seconds(3600);
  EXPECT_FALSE(open("broken"));
  EXPECT_EQ(lines(), RefusalLog::kLinesMax + 3);
}

std::optional<std::string> found(const std::vector<std::pair<std::string, std::string>>& headers,
                                 std::string_view query) {
  net::HttpRequest request;
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return token_of(request, *net::QueryParameters::parse(query));
}

TEST(TokenOf, LooksIntoSubprotocolsThenAuthorizationThenTheQuery) {  // TOK-26
  const std::pair<std::string, std::string> offer{"sec-websocket-protocol",
                                                  "phoenix, base64url.bearer.phx.b25l"};  // one
  const std::pair<std::string, std::string> bearer{"AUTHORIZATION", "Bearer two"};
  EXPECT_EQ(found({bearer, offer}, "token=three"), "one");
  EXPECT_EQ(found({{"Sec-WebSocket-Protocol", "phoenix"}, offer}, "token=three"), "one");
  EXPECT_EQ(found({bearer}, "token=three"), "two");
  EXPECT_EQ(found({{"Authorization", "Basic eDp5"}}, "token=th%72ee"), "three");
  EXPECT_EQ(found({}, "token="), "");
  EXPECT_EQ(found({{"Cookie", "token=x"}}, "vsn=2.0.0"), std::nullopt);
}

TEST(PrintableTarget, ShowsNoTokenAndForgesNoLine) {  // TOK-27
  net::HttpRequest request;
  request.path = "/socket/websocket";
  EXPECT_EQ(printable_target(request), "/socket/websocket");
  request.query = "vsn=2.0.0&token=a.b.c";
  EXPECT_EQ(printable_target(request), "/socket/websocket?vsn=2.0.0&token=***");
  request.query = "x=\n" + std::string(1000, 'y');
  EXPECT_EQ(printable_target(request).find('\n'), std::string::npos);
  EXPECT_LT(printable_target(request).size(), 300U);
}

}  // namespace
}  // namespace righttask::server

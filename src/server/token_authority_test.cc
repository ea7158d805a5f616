#include "server/token_authority.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "auth/testing/hs256.h"

namespace righttask::server {
namespace {

using std::chrono::seconds;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr UnixSeconds kNow{seconds(1'800'000'000)};

RoomName room(std::string_view name) {
  return *RoomName::parse(name);
}

/// Signed by the key, and good for a minute.
std::string token(const std::string& claims = R"("rooms":["a","b*"],"sub":"u-1","name":"Ann")",
                  std::string_view secret = kSecret) {
  return auth::testing::hs256_token(R"({"alg":"HS256"})", R"({"exp":1800000060,)" + claims + "}",
                                    secret);
}

class TokenAuthorityTest : public ::testing::Test {
 protected:
  using Gates = Result<std::unique_ptr<protocol::Gate>, Refusal>;

  Gates open(const std::optional<std::string>& with) { return authority_.open(with, "/target"); }
  std::string log() const { return text_.str(); }

  /// What a refused answer says.
  static std::string_view why(const Result<protocol::Admission, Refusal>& answer) {
    return answer ? "admitted" : to_string(answer.error());
  }

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
  const auto a = (*gate)->admit(room("a"), std::nullopt);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->access, Access::read_write);
  EXPECT_EQ(a->subject, "u-1");
  EXPECT_EQ(a->name, "");
  EXPECT_EQ((*gate)->admit(room("b1"), std::nullopt)->access, Access::read);
  EXPECT_EQ(why((*gate)->admit(room("c"), std::nullopt)), "forbidden");
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
  EXPECT_EQ(why((*gate)->admit(room("a"), std::nullopt)), "unauthorized");
  EXPECT_EQ(why((*gate)->admit(room("a"), "broken")), "unauthorized");
  const auto admitted = (*gate)->admit(room("a"), token());
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->name, "Ann");
  // It was that join's alone.
  EXPECT_EQ(why((*gate)->admit(room("a"), std::nullopt)), "unauthorized");
}

TEST_F(TokenAuthorityTest, LetsTheTokenOfAJoinReplaceTheConnections) {  // TOK-26
  const auto gate = open(token(R"("rooms":["a"],"sub":"u-1")"));
  ASSERT_TRUE(gate);
  EXPECT_EQ(why((*gate)->admit(room("a"), token(R"("rooms":["b"])"))), "forbidden");
  EXPECT_EQ((*gate)->admit(room("b"), token(R"("rooms":["b"],"sub":"u-2")"))->subject, "u-2");
  EXPECT_EQ(why((*gate)->admit(room("a"), "broken")), "unauthorized");
  EXPECT_EQ(why((*gate)->admit(room("a"), std::nullopt)), "admitted");
}

TEST_F(TokenAuthorityTest, EndsWithTheToken) {  // TOK-23
  const auto gate = open(token());
  ASSERT_TRUE(gate);
  now_ += seconds(64);
  EXPECT_EQ(why((*gate)->admit(room("a"), std::nullopt)), "admitted");
  now_ += seconds(1);
  EXPECT_EQ(why((*gate)->admit(room("a"), std::nullopt)), "expired");
  EXPECT_EQ(why((*gate)->admit(room("a"), token())), "expired");
}

TEST_F(TokenAuthorityTest, UsesNewKeysForNewTokens) {  // TOK-31
  constexpr std::string_view kNext = "the next secret, of 32 bytes or more";
  const auto gate = open(token());
  ASSERT_TRUE(gate);
  authority_.use(*auth::KeySet::from_secret(kNext));
  EXPECT_EQ(open(token()).error(), Refusal::unauthorized);
  EXPECT_TRUE(open(token(R"("rooms":["a"])", kNext)));
  EXPECT_EQ(why((*gate)->admit(room("a"), std::nullopt)), "admitted");
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

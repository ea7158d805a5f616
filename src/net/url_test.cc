#include "net/url.h"

#include <gtest/gtest.h>

#include "net/origin.h"
#include "net/peer_address.h"

namespace righttask::net {
namespace {

using Segments = std::vector<std::string>;

TEST(PercentDecoding, HappensOnce) {
  EXPECT_EQ(percent_decode("a%20b+c"), "a b+c");
  EXPECT_EQ(percent_decode("%2525"), "%25");
  EXPECT_EQ(percent_decode("%c3%A9"), "é");
  EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
  EXPECT_EQ(query_decode("a+b%2Bc"), "a b+c");
  for (const std::string_view bad : {"%", "%2", "a%zz", "%g0", "%0g", "%%20"}) {
    EXPECT_FALSE(percent_decode(bad)) << bad;
    EXPECT_FALSE(query_decode(bad)) << bad;
  }
}

TEST(PercentEncoding, ComesBackTheSame) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_encode("a-b_c.d~e/é"), "a-b_c.d~e%2F%C3%A9");
}

TEST(QueryParameters, AreDecodedInOrderAndTheLastCounts) {
  const auto query = QueryParameters::parse("a=1&b=x%26y&&a=2&flag&=v&c=");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->size(), 6U);
  EXPECT_EQ(query->find("a"), "2");
  EXPECT_EQ(query->find("b"), "x&y");
  EXPECT_EQ(query->find("flag"), "");
  EXPECT_EQ(query->find("c"), "");
  EXPECT_FALSE(query->find("d"));
  EXPECT_FALSE(QueryParameters::parse("a=%"));
  EXPECT_FALSE(QueryParameters::parse("%=a"));
  EXPECT_FALSE(QueryParameters::parse("a&b&c", 2));
  EXPECT_TRUE(QueryParameters::parse("a&b", 2));
}

TEST(PathSegments, RefuseWhatCouldClimb) {
  EXPECT_EQ(path_segments("/"), Segments{});
  EXPECT_EQ(path_segments("/api//a%20b/"), (Segments{"api", "a b"}));
  EXPECT_EQ(path_segments("/..."), Segments{"..."});
  for (const std::string_view bad : {"/..", "/a/../b", "/.", "/%2e%2e/x", "/a%2fb", "/a%5Cb",
                                     "/a%00", "/%", "/..%2f", "/a\\b"}) {
    EXPECT_FALSE(path_segments(bad)) << bad;
  }
}

TEST(OriginRule, FollowsItsList) {
  const auto rule = OriginRule::list({"https://app.example.com", "//dev.example.com:8080",
                                      "//*.wild.org", "//any.net", "chrome-extension://abcdef"},
                                     false);
  ASSERT_TRUE(rule) << rule.error();
  const struct {
    std::string_view origin;
    bool want;
  } cases[] = {
      {"https://app.example.com", true},
      {"https://APP.example.com:443", true},
      {"http://app.example.com", false},
      {"https://app.example.com:8443", false},
      {"https://evil-app.example.com", false},
      {"https://app.example.com.evil.com", false},
      {"http://dev.example.com:8080", true},
      {"https://dev.example.com:8080", true},
      {"http://dev.example.com", false},
      {"https://wild.org", true},
      {"http://a.b.wild.org:99", true},
      {"http://notwild.org", false},
      {"http://wild.org.evil.com", false},
      {"http://any.net:1234", true},
      {"chrome-extension://abcdef", true},
      {"null", false},
      {"", false},
      {"//any.net", false},
      {"any.net", false},
      {"http://any.net/path", false},
      {"http://user@any.net", false},
      {"http://any.net:port", false},
      {"http://", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(rule->allows(c.origin, "any.net"), c.want) << c.origin;
  }
}

TEST(OriginRule, KnowsItsOwnOrigin) {
  const auto rule = OriginRule::list({"null"});
  ASSERT_TRUE(rule);
  EXPECT_TRUE(rule->allows("http://localhost:4000", "localhost:4000"));
  EXPECT_TRUE(rule->allows("https://example.com", "example.com"));
  EXPECT_TRUE(rule->allows("http://example.com", "EXAMPLE.com:80"));
  EXPECT_TRUE(rule->allows("http://[::1]:4000", "[::1]:4000"));
  EXPECT_TRUE(rule->allows("null", "localhost"));
  EXPECT_FALSE(rule->allows("http://localhost:5173", "localhost:4000"));
  EXPECT_FALSE(rule->allows("http://localhost", "localhost:4000"));
  EXPECT_FALSE(rule->allows("http://evil.com", "localhost:4000"));
  EXPECT_FALSE(rule->allows("http://localhost:4000", ""));

  HttpRequest request;
  EXPECT_TRUE(rule->allows(request));
  request.headers.add("Host", "h");
  request.headers.add("Origin", "http://h");
  EXPECT_TRUE(rule->allows(request));
  EXPECT_FALSE(rule->allows(request, false));
  EXPECT_TRUE(OriginRule::list({"http://h"})->allows(request, false));
  request.headers.add("Origin", "http://evil.com");
  EXPECT_FALSE(rule->allows(request));
  EXPECT_TRUE(OriginRule::any().allows(request));
}

TEST(OriginRule, SaysWhichEntryItCannotRead) {
  for (const std::string bad :
       {"example.com", "http:/x", "//", "//a.*.b", "//*", "//h:port", "://h", "//h/path"}) {
    const auto rule = OriginRule::list({bad});
    ASSERT_FALSE(rule) << bad;
    EXPECT_NE(rule.error().find("'" + bad + "'"), std::string::npos);
  }
}

TEST(PeerAddress, IsWrittenAsUsual) {
  PeerAddress v4{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}, 80};
  EXPECT_EQ(v4.text(), "127.0.0.1:80");
  EXPECT_TRUE(v4.is_loopback());
  PeerAddress v6{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 443};
  EXPECT_EQ(v6.text(), "[2001:db8::1]:443");
  EXPECT_FALSE(v6.is_loopback());
  PeerAddress one{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 1};
  EXPECT_TRUE(one.is_loopback());
}

}  // namespace
}  // namespace righttask::net

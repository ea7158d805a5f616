#include "auth/redact.h"

#include <gtest/gtest.h>

namespace righttask::auth {
namespace {

TEST(Redact, TargetsLoseTheValuesOfSecretParameters) {  // TOK-27
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"/", "/"},
      {"", ""},
      {"/a?", "/a?"},
      {"/a?vsn=2.0.0&user_id=ann", "/a?vsn=2.0.0&user_id=ann"},
      {"/a?vsn=2.0.0&token=ey.J.x&user_id=ann", "/a?vsn=2.0.0&token=***&user_id=ann"},
      {"/a?token=", "/a?token=***"},
      {"/a?access_token=x", "/a?access_token=***"},
      {"/a?ACCESS_TOKEN=x&authToken=y&jwt=z", "/a?ACCESS_TOKEN=***&authToken=***&jwt=***"},
      {"/a?client_secret=x&password=y", "/a?client_secret=***&password=***"},
      {"/a?token=x&token=y", "/a?token=***&token=***"},
      {"/a?token=x=y", "/a?token=***"},
      {"/a?token=x?b=c", "/a?token=***"},
      // A server that decodes names reads this as "token".
      {"/a?%74oken=x", "/a?%74oken=***"},
      {"/a?to%6ben=x&b=c", "/a?to%6ben=***&b=c"},
      {"/a?flag&b=c", "/a?flag&b=c"},
      {"/a?ey.J.x", "/a?***"},
      {"/a?&&token=x&", "/a?&&token=***&"},
      {"https://h.example/a?token=x", "https://h.example/a?token=***"},
  };
  for (const auto& [target, want] : cases) EXPECT_EQ(redact_target(target), want) << target;
}

TEST(Redact, HeadersLoseTheirCredentials) {  // TOK-27
  struct Case {
    std::string_view name, value, want;
  };
  const Case cases[] = {
      {"Authorization", "Bearer ey.J.x", "Bearer ***"},
      {"authorization", " bearer  ey.J.x", "bearer ***"},
      {"Authorization", "ey.J.x", "***"},
      {"Authorization", "ey.J.x y", "***"},
      {"Proxy-Authorization", "Basic YTpi", "Basic ***"},
      {"Cookie", "session=x", "***"},
      {"Set-Cookie", "session=x; Secure", "***"},
      {"X-Api-Key", "x", "***"},
      {"X-Auth-Token", "x", "***"},
      {"Sec-WebSocket-Protocol", "phoenix, base64url.bearer.phx.ZXlK",
       "phoenix, base64url.bearer.***"},
      {"sec-websocket-protocol", "BASE64URL.bearer.phx.ZXlK,phoenix",
       "base64url.bearer.***, phoenix"},
      {"Sec-WebSocket-Protocol", "phoenix", "phoenix"},
      {"Referer", "https://h.example/a?token=x&b=c", "https://h.example/a?token=***&b=c"},
      {"X-Original-URL", "/a?access_token=x", "/a?access_token=***"},
      {"Origin", "https://h.example", "https://h.example"},
      {"User-Agent", "Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"},
  };
  for (const auto& c : cases) EXPECT_EQ(redact_header(c.name, c.value), c.want) << c.value;
}

}  // namespace
}  // namespace righttask::auth

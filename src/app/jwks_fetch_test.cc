#include "app/jwks_fetch.h"

#include <gtest/gtest.h>

namespace righttask::app {
namespace {

TEST(JwksUrl, IsHttpsOrOnThisMachine) {  // TOK-39
  for (const char* url : {"https://id.example.com/jwks.json", "https://10.0.0.1:8443/",
                          "HTTPS://id.example.com", "http://localhost:1/x", "http://127.0.0.1/",
                          "http://127.3.2.1:80/", "http://[::1]:9/keys?x=1"}) {
    EXPECT_TRUE(check_jwks_url(url)) << url;
  }
  for (const char* url :
       {"", "id.example.com", "http://id.example.com/", "http://128.0.0.1/",
        "http://localhost.example.com/", "http://[::2]/", "file:///etc/passwd", "ftp://127.0.0.1/",
        "https://user@id.example.com/", "https://user:secret@id.example.com/",
        "http://127.0.0.1@id.example.com/", "https://", "https://a b/"}) {
    EXPECT_FALSE(check_jwks_url(url)) << url;
  }
}

TEST(FetchJwks, SaysWhichAddressDoesNotAnswer) {  // TOK-39
  const auto fetched = fetch_jwks({.url = "http://127.0.0.1:1/keys", .ca_file = ""});
  ASSERT_FALSE(fetched);
  EXPECT_TRUE(fetched.error().starts_with("http://127.0.0.1:1/keys: ")) << fetched.error();
}

}  // namespace
}  // namespace righttask::app

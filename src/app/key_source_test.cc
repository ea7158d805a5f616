#include "app/key_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace righttask::app {
namespace {

std::string fixture_text(std::string_view name) {
  return *read_key_file(std::filesystem::path(RIGHTTASK_FIXTURES "/tokens/keys") / name);
}

/// A folder of its own that goes with the test.
class KeySourceTest : public ::testing::Test {
 protected:
  KeySourceTest() {
    std::string pattern = ::testing::TempDir() + "righttask-keys-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~KeySourceTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path path(std::string_view name) const { return folder_ / name; }

  /// In one step, as who changes keys should: clocks of file systems are coarse, inodes are not.
  void replace(std::string_view name, std::string_view text) const {
    std::ofstream(path("new"), std::ios::binary) << text;
    std::filesystem::rename(path("new"), path(name));
  }

  static std::string fixture(std::string_view name) { return fixture_text(name); }

 private:
  std::filesystem::path folder_;
};

const std::string kSecret(40, 's');

TEST_F(KeySourceTest, ASecretFileMayEndInANewline) {  // TOK-30
  for (const std::string_view end : {"", "\n", "\r\n"}) {
    replace("secret", kSecret + std::string(end));
    EXPECT_EQ(*read_secret_file(path("secret")), kSecret);
  }
  replace("secret", kSecret + "\n\n");
  EXPECT_EQ(*read_secret_file(path("secret")), kSecret + "\n");
}

TEST_F(KeySourceTest, GathersKeysFromAllOrigins) {  // TOK-30
  replace("secret", kSecret);
  replace("keys.pem", fixture("rsa2048.pub.pem") + fixture("ec256.pub.pem"));
  const auto source = KeySource::open({.secret = std::string(32, 'e'),
                                       .secret_file = path("secret"),
                                       .keys_file = path("keys.pem"),
                                       .rsa = auth::Algorithm::ps256});
  ASSERT_TRUE(source) << source.error();
  std::string algorithms;
  for (const auth::Key& key : source->keys().keys()) algorithms += to_string(key.algorithm());
  EXPECT_EQ(algorithms, "HS256HS256PS256ES256");
}

TEST_F(KeySourceTest, SaysWhichFileIsBad) {  // TOK-30
  replace("short", "short");
  replace("long", std::string(auth::kKeyTextBytesMax + 1, ' '));
  struct Case {
    KeyOrigins origins;
    std::string says;
  };
  const Case cases[] = {
      {{.secret = "short"}, "has 5 bytes"},
      {{.secret_file = path("nowhere")}, path("nowhere").string() + ": No such file"},
      {{.secret_file = path("short")}, path("short").string() + ": the shared secret has 5 bytes"},
      {{.keys_file = path("short")}, path("short").string() + ": neither JSON nor a PEM"},
      {{.keys_file = path("long")}, path("long").string() + ": longer than 256 KiB"},
      {{.keys_file = path("")}, "is a folder"},
  };
  for (const auto& c : cases) {
    const auto source = KeySource::open(c.origins);
    ASSERT_FALSE(source) << c.says;
    EXPECT_NE(source.error().find(c.says), std::string::npos) << source.error();
  }
}

TEST_F(KeySourceTest, ReadsAgainWhenAFileHasChanged) {  // TOK-31
  replace("keys.pem", fixture("rsa2048.pub.pem"));
  auto source = KeySource::open({.keys_file = path("keys.pem")});
  ASSERT_TRUE(source) << source.error();
  EXPECT_EQ(source->refresh(), false);
  replace("keys.pem", fixture("ec256.pub.pem"));
  EXPECT_EQ(source->refresh(), true);
  EXPECT_EQ(source->keys().keys()[0].algorithm(), auth::Algorithm::es256);
  EXPECT_EQ(source->refresh(), false);
  // In place, as editors do; of another size, since the clock may not have moved.
  std::ofstream(path("keys.pem"), std::ios::app) << fixture("rsa2048.pub.pem");
  EXPECT_EQ(source->refresh(), true);
  EXPECT_EQ(source->keys().keys().size(), 2u);
}

TEST_F(KeySourceTest, KeepsTheOldKeysWhenTheNewAreBad) {  // TOK-31
  replace("secret", kSecret);
  auto source = KeySource::open({.secret_file = path("secret")});
  ASSERT_TRUE(source);
  replace("secret", "short");
  const auto bad = source->refresh();
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().find("has 5 bytes"), std::string::npos) << bad.error();
  EXPECT_EQ(source->keys().keys().size(), 1u);
  EXPECT_EQ(source->refresh(), false);  // said once
  std::filesystem::remove(path("secret"));
  EXPECT_FALSE(source->refresh());
  EXPECT_EQ(source->refresh(), false);
  EXPECT_EQ(source->keys().keys().size(), 1u);
  replace("secret", kSecret);
  EXPECT_EQ(source->refresh(), true);
}

TEST_F(KeySourceTest, FollowsALinkThatIsTurned) {  // TOK-31: as Kubernetes mounts secrets
  replace("a", kSecret);
  replace("b", std::string(33, 'b'));
  std::filesystem::create_symlink(path("a"), path("secret"));
  auto source = KeySource::open({.secret_file = path("secret")});
  ASSERT_TRUE(source) << source.error();
  std::filesystem::create_symlink(path("b"), path("turned"));
  std::filesystem::rename(path("turned"), path("secret"));
  EXPECT_EQ(source->refresh(), true);
  EXPECT_EQ(source->refresh(), false);
}

// ---- from an address ---------------------------------------------------------------------------

Result<KeySource, std::string> open_with(Result<std::string, std::string> fetched,
                                         KeyOrigins origins = {}) {
  origins.jwks = JwksOrigin{.address = {.url = "https://id.example.com/keys", .ca_file = ""}};
  return KeySource::open(std::move(origins), [&](const JwksAddress& address) {
    EXPECT_EQ(address.url, "https://id.example.com/keys");
    return fetched;
  });
}

constexpr std::string_view kEcKey =
    R"({"kty":"EC","crv":"P-256","kid":"%","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

/// The public key of RFC 7515, appendix A.3, under this id.
std::string jwks(const std::string& kid) {
  std::string key(kEcKey);
  return R"({"keys":[)" + key.replace(key.find('%'), 1, kid) + "]}";
}

TEST(KeySourceByAddress, AddsItsKeysToTheOthers) {  // TOK-39
  const auto source = open_with(jwks("one"), {.secret = std::string(32, 'e')});
  ASSERT_TRUE(source) << source.error();
  ASSERT_EQ(source->keys().keys().size(), 2U);
  EXPECT_EQ(source->keys().keys()[1].id(), "one");
}

TEST(KeySourceByAddress, DoesNotOpenWithoutThem) {  // TOK-39
  EXPECT_EQ(open_with(fail(std::string("no answer"))).error(), "no answer");
  const std::string secret = R"({"keys":[{"kty":"oct","k":")" + std::string(43, 'A') + R"("}]})";
  for (const std::string& text :
       {std::string(), std::string("<html>"), std::string(R"({"keys":[]})"), secret,
        fixture_text("rsa2048.pub.pem")}) {
    const auto source = open_with(text);
    ASSERT_FALSE(source) << text;
    EXPECT_TRUE(source.error().starts_with("https://id.example.com/keys: ")) << source.error();
  }
}

TEST(KeySourceByAddress, KeepsTheLastGoodSet) {  // TOK-39
  auto source = open_with(jwks("one"));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->use_fetched(jwks("one")), false);
  EXPECT_FALSE(source->use_fetched("broken"));
  EXPECT_EQ(source->keys().keys()[0].id(), "one");
  EXPECT_EQ(source->use_fetched(jwks("two")), true);
  ASSERT_EQ(source->keys().keys().size(), 1U);
  EXPECT_EQ(source->keys().keys()[0].id(), "two");
  EXPECT_EQ(source->refresh(), false);
}

}  // namespace
}  // namespace righttask::app

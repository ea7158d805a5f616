// Any bytes are refused, or are a token that somebody who holds the key has signed. Whatever was
// signed is refused, or grants what its text says, whatever else stands in its header.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/claims.h"
#include "auth/jws.h"
#include "auth/testing/hs256.h"
#include "auth/token_verifier.h"
#include "base/base64.h"
#include "base/check.h"
#include "base/utf8.h"

using namespace righttask;
using namespace righttask::auth;

namespace {

constexpr std::string_view kSecret = "the secret of this fuzz target, known to its corpus";
constexpr std::string_view kPlainHeader = R"({"alg":"HS256"})";
constexpr UnixSeconds kNow{std::chrono::seconds(1'800'000'000)};

// The private halves were thrown away when these were made: nothing may ever verify with them.
constexpr std::string_view kPublicKeys = R"(
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkc6KV8arUOcUpj7pr5cK
nbJaPEp4r9YJ5yAUUZGDrQbvnq4BZW0gmcy2fiMzhXssWE6Who3+Nnb2bbwuYP7E
PV3MNmXOn1cj5oj0oZra/+dV9CtIDN5/12DsnvX3gnA7r7tRBsFqMVUEA8V9V/xv
UGyqzKhWqmNSm3xzc2lfiEeD0awszAZ+tSqQOt5OAnyoTVk+c9F+PmG0JIbJT97B
equOm/pNmJhemuqnMfnAvODiE8bwVHRjozY7ghzKSuDe6Z7P6xmG8+j8qIlawgCt
eBUytRoB/hEI6R6fbZc4GQBJnsoSv+oggDiQILNaYe0rN/Op53CWnwjUD0KfBr/y
9wIDAQAB
-----END PUBLIC KEY-----
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEg2On2zdfrhcHG81zWm6dZ8ppbzBB
qeU5t8I6r+JpcdRuJldt0VYlsGPOu2dEs31lpfTie6ZSIzN2mbbyw/8oig==
-----END PUBLIC KEY-----
)";

TokenVerifier make_verifier() {
  KeySet keys = *KeySet::from_secret(kSecret);
  CHECK(keys.add(*KeySet::from_pem(kPublicKeys)));
  CHECK(keys.add(*KeySet::from_pem(kPublicKeys, Algorithm::ps256)));
  return {keys, {}};
}

void check_grant(const Grant& grant) {
  CHECK(grant.ends > kNow);
  CHECK(grant.subject.size() <= kSubjectBytesMax && is_utf8(byte_view(grant.subject)));
  CHECK(grant.token_id.size() <= kTokenIdBytesMax);
  CHECK(is_utf8(byte_view(grant.name)) && utf16_length(grant.name) <= kNameUtf16Max);
  for (const RoomRule& rule : grant.rooms) {
    CHECK(RoomRule::parse(rule.pattern(), rule.access) == rule);
    if (const auto room = RoomName::parse(rule.name)) CHECK(grant.access_to(*room).has_value());
  }
  if (grant.rooms.empty()) CHECK(!grant.access_to(*RoomName::parse("a")));
}

void check_forgery(const TokenVerifier& verifier, std::string_view token) {
  const auto grant = verifier.verify(token, kNow);
  if (!grant) return;
  check_grant(*grant);
  const std::size_t end = token.rfind('.');
  const Bytes mac = testing::hmac_sha256(kSecret, token.substr(0, end));
  CHECK(base64url_encode(mac) == token.substr(end + 1));
}

void check_signed(const TokenVerifier& verifier, std::string_view header,
                  std::string_view payload) {
  std::string token = testing::hs256_token(header, payload, kSecret);
  const auto grant = verifier.verify(token, kNow);
  if (!grant) return;
  check_grant(*grant);
  CHECK(parse_claims(payload)->rooms == grant->rooms);
  CHECK(verifier.verify(testing::hs256_token(kPlainHeader, payload, kSecret), kNow) == grant);
  CHECK(!verifier.verify(testing::hs256_token(header, payload, "another"), kNow));
  char& bit = token[(token.size() * 7) / 8];  // in the payload or the signature
  bit = bit == 'A' ? 'B' : 'A';
  CHECK(!verifier.verify(token, kNow));
}

}  // namespace

// The first byte picks: a token as it comes, or a header and, behind the first newline, a payload
// to be signed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TokenVerifier verifier = make_verifier();
  if (size == 0) return 0;
  const std::string_view text = as_text(ByteView(data + 1, size - 1));
  if ((data[0] & 1) == 0) {
    check_forgery(verifier, text);
    return 0;
  }
  const std::size_t newline = text.find('\n');
  if (newline == std::string_view::npos) {
    check_signed(verifier, kPlainHeader, text);
  } else {
    check_signed(verifier, text.substr(0, newline), text.substr(newline + 1));
  }
  return 0;
}

#include "net/deflate_offer.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

// Rules WS-n: docs/spec/websocket.md.

namespace righttask::net {
namespace {

std::optional<DeflateAgreement> agree(std::initializer_list<std::string_view> fields) {
  HttpHeaders headers;
  for (const auto value : fields) headers.add("sec-websocket-extensions", std::string(value));
  return agree_on_deflate(headers);
}

constexpr std::string_view kNoTakeover =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(DeflateOffer, IsAnsweredWithoutContextTakeover) {  // WS-23
  for (const std::string_view offer : {
           "permessage-deflate",
           "permessage-deflate; client_max_window_bits",
           "permessage-deflate; client_max_window_bits=9",
           "permessage-deflate; client_max_window_bits=\"15\"",
           "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
           "Permessage-Deflate ;\tClient_No_Context_Takeover",
           ", permessage-deflate,,",
       }) {
    const auto agreed = agree({offer});
    ASSERT_TRUE(agreed) << offer;
    EXPECT_EQ(agreed->answer, kNoTakeover) << offer;
    EXPECT_TRUE(agreed->sends) << offer;
  }
}

TEST(DeflateOffer, OfASmallerWindowIsTakenButNothingIsSentCompressed) {  // WS-24
  const auto small = agree({"permessage-deflate; server_max_window_bits=10"});
  ASSERT_TRUE(small);
  EXPECT_EQ(small->answer, std::string(kNoTakeover) + "; server_max_window_bits=10");
  EXPECT_FALSE(small->sends);
  const auto ours = agree({"permessage-deflate; server_max_window_bits=15"});
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->answer, std::string(kNoTakeover) + "; server_max_window_bits=15");
  EXPECT_TRUE(ours->sends);
}

TEST(DeflateOffer, TheFirstThatIsUnderstoodCounts) {  // WS-23
  const std::string_view odd = "permessage-deflate; odd, x-webkit-deflate-frame";
  const auto next =
      agree({odd, "permessage-deflate; server_max_window_bits=8, permessage-deflate"});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->answer, std::string(kNoTakeover) + "; server_max_window_bits=8");
}

TEST(DeflateOffer, IsNotTakenWithParametersItMayNotHave) {  // WS-23
  for (const std::string_view offer : {
           "",
           "x-webkit-deflate-frame",
           "permessage-deflate-2",
           "permessage-bzip2",
           "permessage-deflate; odd",
           "permessage-deflate; odd=1",
           "permessage-deflate; server_no_context_takeover=1",
           "permessage-deflate; client_no_context_takeover=\"a\"",
           "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
           "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
           "permessage-deflate; server_max_window_bits",
           "permessage-deflate; server_max_window_bits=7",
           "permessage-deflate; server_max_window_bits=16",
           "permessage-deflate; server_max_window_bits=08",
           "permessage-deflate; server_max_window_bits=+9",
           "permessage-deflate; client_max_window_bits=0",
           "permessage-deflate; client_max_window_bits=1e1",
       }) {
    EXPECT_FALSE(agree({offer})) << offer;
  }
  EXPECT_FALSE(agree({}));
}

TEST(DeflateOffer, IsNotTakenFromFieldsThatAreNotWellFormed) {  // WS-23
  for (const std::string_view field : {
           "permessage-deflate;",
           "permessage-deflate; =1",
           "permessage-deflate; client_max_window_bits=",
           "permessage-deflate; client_max_window_bits=\"15",
           "permessage-deflate; client_max_window_bits=\"\"",
           "permessage-deflate; client_max_window_bits=\"15\\",
           "permessage-deflate; client_max_window_bits=\"1 5\"",
           "permessage-deflate client_max_window_bits",
           "permessage-deflate, ;",
           "permessage-deflate, a b",
           "permessage-deflate\x7f",
       }) {
    EXPECT_FALSE(agree({field})) << field;
    EXPECT_FALSE(agree({"permessage-deflate", field})) << field;
  }
}

}  // namespace
}  // namespace righttask::net

#include <algorithm>
#include <string>

#include "base/check.h"
#include "net/deflate.h"
#include "net/deflate_offer.h"

// Any bytes are refused or inflate to the same message, within the limit and with work in
// proportion to it, whatever was inflated before; and what is deflated comes back. An offer that is
// taken has an answer that can stand in a field, and no other.

namespace {

using namespace righttask;
using namespace righttask::net;

void check_inflating(ByteView input, std::size_t limit) {
  static Inflater used;
  Inflater fresh;
  const auto said = used.inflate(input, limit);
  const std::uint64_t blocks_max =
      Inflater::kBlocksFree + 1 + (input.size() + limit + 1) / Inflater::kBlockCharge;
  CHECK(used.work() <= limit + 1 + blocks_max * Inflater::kBlockCharge);
  const auto again = fresh.inflate(input, limit);
  CHECK(said.has_value() == again.has_value());
  if (!said) {
    CHECK(said.error() == again.error());
    return;
  }
  CHECK(said->size() <= limit);
  CHECK(std::ranges::equal(*said, *again));
}

void check_deflating(ByteView input) {
  static Deflater used;
  static Inflater inflater;
  Bytes out;
  used.deflate(input, out);
  const auto back = inflater.inflate(out, input.size());
  CHECK(back && std::ranges::equal(*back, input));
}

void check_offer(ByteView input) {
  HttpHeaders headers;
  headers.add("Sec-WebSocket-Extensions", std::string(as_text(input)));
  const auto agreed = agree_on_deflate(headers);
  if (!agreed) return;
  HttpHeaders answer;
  answer.add("Sec-WebSocket-Extensions", agreed->answer);
  const auto same = agree_on_deflate(answer);
  CHECK(same && same->answer == agreed->answer && same->sends == agreed->sends);
}

}  // namespace

/// The first byte: the limit, in steps that grow.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input(data + 1, size - 1);
  check_inflating(input, std::size_t{1} << (data[0] % 18));
  check_deflating(input);
  check_offer(input);
  return 0;
}

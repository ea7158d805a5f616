#include <string>
#include <vector>

#include "base/check.h"
#include "net/handshake.h"
#include "net/http_decoder.h"

// However the input is cut, the decoder finds the same requests; none is larger than the limits
// allow, and none says in two ways where its body ends.

namespace {

using namespace righttask;
using namespace righttask::net;

constexpr HttpLimits kLimits{
    .head_bytes_max = 512, .line_bytes_max = 128, .fields_max = 8, .body_bytes_max = 64};

std::string own(const HttpRequest& request) {
  CHECK(request.path.starts_with('/'));
  CHECK(request.method.size() + request.path.size() + request.query.size() <= 128 + 1);
  CHECK(request.headers.size() <= 8);
  CHECK(request.body.size() <= 64);
  CHECK(request.headers.count("Host") <= 1);
  CHECK(!request.headers.find("Transfer-Encoding") || !request.headers.find("Content-Length"));
  std::string said = request.method + ' ' + request.path + '?' + request.query;
  for (const auto& [name, value] : request.headers) said += '\n' + name + ": " + value;
  said += request.keep_alive ? "\nkept\n" : "\nclosed\n";
  said += as_text(request.body);
  (void)accept_websocket(request);
  return said;
}

std::vector<std::string> decode(ByteView rest, std::uint32_t cuts) {
  HttpDecoder decoder(kLimits);
  std::vector<std::string> all;
  for (std::uint32_t turn = 0; !rest.empty(); ++turn) {
    const std::size_t wanted = cuts == 0 ? rest.size() : 1 + ((cuts >> (turn * 4 % 32)) & 15);
    ByteView piece = rest.first(std::min(wanted, rest.size()));
    rest = rest.subspan(piece.size());
    while (!piece.empty()) {
      const auto request = decoder.next(piece);
      if (!request) {
        all.push_back("fault " + std::to_string(request.error().status));
        return all;
      }
      if (!*request) break;
      all.push_back(own(**request));
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::uint32_t cuts =
      std::uint32_t{data[0]} | std::uint32_t{data[1]} << 8 | std::uint32_t{data[2]} << 16;
  const ByteView input(data + 3, size - 3);
  CHECK(decode(input, 0) == decode(input, cuts | 1));
  return 0;
}

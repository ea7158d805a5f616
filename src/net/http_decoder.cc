#include "net/http_decoder.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "base/check.h"

// The only file that knows Boost.Beast: its parser reads the head and takes chunks apart. What is
// decided here: how much may be gathered, and what a request must not be ambiguous about.

namespace righttask::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
/// What a chunk header with its extensions, or the trailers, may take.
constexpr std::size_t kChunkHeaderBytesMax = 16u << 10;

/// Token characters of RFC 9110, with which every method begins.
bool is_token_character(std::uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(byte)) !=
             std::string_view::npos;
}

std::string text(string_view view) {
  return std::string(view.data(), view.size());
}

class Parser final : public http::basic_parser<true> {
 public:
  Parser(HttpRequest& request, const HttpLimits& limits) : request_(request), limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes_max + kHeadEnd.size()));
    body_limit(limits.body_bytes_max);
  }

  /// The refusal one of the callbacks asked for, or 0.
  [[nodiscard]] int refusal() const { return refusal_; }
  [[nodiscard]] const std::string& target() const { return target_; }
  [[nodiscard]] bool is_http_1_1() const { return version_ >= 11; }

 private:
  void refuse(int status, error_code& ec) {
    refusal_ = status;
    ec = make_error_code(http::error::bad_field);
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    if (method.size() + target.size() > limits_.line_bytes_max) return refuse(414, ec);
    request_.method = text(method);
    target_ = text(target);
    version_ = version;
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override {
    if (++fields_ > limits_.fields_max) return refuse(431, ec);
    if (is_header_done()) return;  // trailers say nothing we want to hear
    request_.headers.add(text(name), text(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return take_body(body); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    return take_body(body);
  }
  void on_finish_impl(error_code&) override {}

  std::size_t take_body(string_view body) {
    append(request_.body, byte_view(body.data(), body.size()));
    return body.size();
  }

  HttpRequest& request_;
  const HttpLimits& limits_;
  std::string target_;
  int version_ = 0;
  std::size_t fields_ = 0;
  int refusal_ = 0;
};

int status_of(error_code ec) {
  if (ec == http::error::body_limit) return 413;
  if (ec == http::error::header_limit) return 431;
  if (ec == http::error::bad_version) return 505;
  return 400;
}

/// Splits the target into path and query; false for a form we do not serve.
bool split_target(std::string_view target, HttpRequest& request) {
  for (const std::string_view scheme : {"http://", "https://"}) {  // absolute form, as proxies send
    if (target.size() >= scheme.size() &&
        equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      target.remove_prefix(scheme.size());
      const std::size_t authority = target.find_first_of("/?");
      if (authority == 0) return false;
      target.remove_prefix(std::min(authority, target.size()));
      if (!target.starts_with('/')) request.path = "/";
      break;
    }
  }
  const std::size_t mark = target.find('?');
  request.path += target.substr(0, mark);
  if (mark != target.npos) request.query = target.substr(mark + 1);
  return request.path.starts_with('/') && target.find('#') == target.npos;
}

}  // namespace

struct HttpDecoder::State {
  explicit State(const HttpLimits& l) : limits(l) {}

  Result<bool, HttpFault> take_head(ByteView& input);
  Result<bool, HttpFault> take_body(ByteView& input);
  Result<bool, HttpFault> parse_head(ByteView head);
  int check_head();
  std::unexpected<HttpFault> refuse(int status) {
    fault = HttpFault{status};
    return fail(*fault);
  }

  HttpLimits limits;
  HttpRequest request;
  std::optional<Parser> parser;  // from a complete head on
  Bytes tail;                    // an incomplete head or chunk header
  bool expect_continue = false;
  std::optional<HttpFault> fault;
};

/// True once the head has been read whole and found good.
Result<bool, HttpFault> HttpDecoder::State::take_head(ByteView& input) {
  if (tail.empty()) {
    while (!input.empty() && (input[0] == '\r' || input[0] == '\n')) input = input.subspan(1);
    if (input.empty()) return false;
    if (!is_token_character(input[0])) return refuse(400);
  }
  const std::size_t had = tail.size();
  const ByteView more = input.first(std::min(input.size(), limits.head_bytes_max - had));
  ByteView all = more;
  if (had > 0) {
    append(tail, more);
    all = tail;
  }
  const std::size_t end = as_text(all).find(kHeadEnd, had < 3 ? 0 : had - 3);
  if (end == std::string_view::npos) {
    if (all.size() >= limits.head_bytes_max) {
      const bool endless_line = as_text(all).find('\n') == std::string_view::npos;
      return refuse(endless_line ? 414 : 431);
    }
    if (had == 0) append(tail, more);
    input = input.subspan(more.size());
    return false;
  }
  const ByteView head = all.first(end + kHeadEnd.size());
  auto parsed = parse_head(head);
  input = input.subspan(head.size() - had);
  tail = {};
  return parsed;
}

Result<bool, HttpFault> HttpDecoder::State::parse_head(ByteView head) {
  parser.emplace(request, limits);
  error_code ec;
  const std::size_t taken = parser->put({head.data(), head.size()}, ec);
  if (parser->refusal() != 0) return refuse(parser->refusal());
  if (ec) return refuse(status_of(ec));
  if (taken != head.size() || !parser->is_header_done()) return refuse(400);
  if (const int status = check_head()) return refuse(status);
  return true;
}

/// 0, or the status that refuses a request two readers could understand in two ways.
int HttpDecoder::State::check_head() {
  const HttpHeaders& headers = request.headers;
  const bool http_1_1 = parser->is_http_1_1();
  const std::size_t hosts = headers.count("Host");
  if (hosts > 1 || (hosts == 0 && http_1_1)) return 400;
  if (!split_target(parser->target(), request)) return 400;

  const auto coding = headers.find("Transfer-Encoding");
  if (coding) {
    // Beast refuses a Content-Length beside "chunked", but not beside other codings.
    if (headers.count("Content-Length") > 0 || !http_1_1) return 400;
    if (headers.count("Transfer-Encoding") > 1) return 400;
    if (!equal_ignoring_case(*coding, "chunked")) return 501;
  }
  if (const auto expect = headers.find("Expect")) {
    if (!equal_ignoring_case(*expect, "100-continue")) return 417;
    expect_continue = http_1_1;
  }
  request.keep_alive = parser->keep_alive();
  return 0;
}

/// True once the body is complete. Beast is shown at most kChunkHeaderBytesMax at a time, so that
/// what it accepts does not depend on how the bytes were cut.
Result<bool, HttpFault> HttpDecoder::State::take_body(ByteView& input) {
  const std::size_t had = tail.size();
  ByteView rest = input;
  if (had > 0) {
    append(tail, input);
    rest = tail;
  }
  while (!parser->is_done()) {
    const ByteView shown = rest.first(std::min(rest.size(), kChunkHeaderBytesMax));
    error_code ec;
    std::size_t taken = 0;
    if (!shown.empty()) taken = parser->put({shown.data(), shown.size()}, ec);
    rest = rest.subspan(taken);
    if (parser->refusal() != 0) return refuse(parser->refusal());
    if (ec && ec != http::error::need_more) return refuse(status_of(ec));
    if (taken > 0) continue;
    if (shown.size() == kChunkHeaderBytesMax) return refuse(400);
    Bytes kept(rest.begin(), rest.end());
    tail = std::move(kept);
    input = {};
    return false;
  }
  CHECK(rest.size() <= input.size());  // it was incomplete without some of this input
  input = input.last(rest.size());
  tail = {};
  return true;
}

HttpDecoder::HttpDecoder(const HttpLimits& limits) : state_(std::make_unique<State>(limits)) {}
HttpDecoder::~HttpDecoder() = default;
HttpDecoder::HttpDecoder(HttpDecoder&&) noexcept = default;
HttpDecoder& HttpDecoder::operator=(HttpDecoder&&) noexcept = default;

Result<std::optional<HttpRequest>, HttpFault> HttpDecoder::next(ByteView& input) {
  State& s = *state_;
  if (s.fault) return fail(*s.fault);
  if (!s.parser) {
    const auto complete = s.take_head(input);
    if (!complete) return fail(complete.error());
    if (!*complete) return std::nullopt;
  }
  const auto complete = s.take_body(input);
  if (!complete) return fail(complete.error());
  if (!*complete) return std::nullopt;
  std::optional<HttpRequest> request = std::move(s.request);
  s.request = {};
  s.parser.reset();
  s.expect_continue = false;
  return request;
}

bool HttpDecoder::in_request() const {
  return state_->parser || !state_->tail.empty();
}

bool HttpDecoder::in_body() const {
  return state_->parser.has_value();
}

bool HttpDecoder::take_expect_continue() {
  return std::exchange(state_->expect_continue, false);
}

}  // namespace righttask::net

#include "net/http_decoder.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>
#include <utility>

#include "net/chunked_body.h"

// The only file that knows Boost.Beast, whose parser reads complete heads. What is decided here:
// how much may be gathered, what a request must not be ambiguous about, and where its body ends.

namespace righttask::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
/// A chunk's size with its extensions, or all trailers.
constexpr std::size_t kChunkLineBytesMax = 4u << 10;

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

/// Reads one complete head. Bodies never reach it.
class HeadParser final : public http::basic_parser<true> {
 public:
  HeadParser(HttpRequest& request, const HttpLimits& limits) : request_(request), limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes_max + kHeadEnd.size()));
    body_limit(boost::none);  // this module's to check
  }

  /// 0, or the status to refuse with.
  [[nodiscard]] int parse(ByteView head) {
    error_code ec;
    const std::size_t taken = put({head.data(), head.size()}, ec);
    if (refusal_ != 0) return refusal_;
    if (ec == http::error::header_limit) return 431;
    if (ec == http::error::bad_version) return 505;
    return ec || taken != head.size() || !is_header_done() ? 400 : 0;
  }

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
  void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override {
    if (request_.headers.size() == limits_.fields_max) return refuse(431, ec);
    request_.headers.add(text(name), text(value));
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  HttpRequest& request_;
  const HttpLimits& limits_;
  std::string target_;
  int version_ = 0;
  int refusal_ = 0;
};

/// Splits the target into path and query; false for a form we do not serve.
bool split_target(std::string_view target, HttpRequest& request) {
  for (const std::string_view scheme : {"http://", "https://"}) {  // absolute form, as proxies send
    if (target.size() >= scheme.size() &&
        equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      target.remove_prefix(scheme.size());
      const std::size_t authority = target.find_first_of("/?");
      if (authority == 0) return false;
      target.remove_prefix(std::min(authority, target.size()));
      if (!target.starts_with('/')) request.path.push_back('/');
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

  [[nodiscard]] int take_head(ByteView& input);
  [[nodiscard]] int parse_head(ByteView head);
  [[nodiscard]] int check_framing(const HeadParser& head);
  [[nodiscard]] int take_body(ByteView& input);

  HttpLimits limits;
  HttpRequest request;
  Bytes head;                          // while it is incomplete
  bool in_body = false;                // the head is complete
  std::uint64_t body_left = 0;         // of a body with Content-Length
  std::optional<ChunkedBody> chunked;  // a body without
  bool complete = false;
  bool expect_continue = false;
  int fault = 0;
};

/// Gathers the head and parses it once it is whole. 0, or the status to refuse with.
int HttpDecoder::State::take_head(ByteView& input) {
  if (head.empty()) {
    while (!input.empty() && (input[0] == '\r' || input[0] == '\n')) input = input.subspan(1);
    if (input.empty()) return 0;
    if (!is_token_character(input[0])) return 400;
  }
  const std::size_t had = head.size();
  const ByteView more = input.first(std::min(input.size(), limits.head_bytes_max - had));
  ByteView all = more;
  if (had > 0) {
    append(head, more);
    all = head;
  }
  const std::size_t end = as_text(all).find(kHeadEnd, had < 3 ? 0 : had - 3);
  if (end == std::string_view::npos) {
    if (all.size() >= limits.head_bytes_max) {
      return as_text(all).find('\n') == std::string_view::npos ? 414 : 431;
    }
    if (had == 0) append(head, more);
    input = input.subspan(more.size());
    return 0;
  }
  const std::size_t size = end + kHeadEnd.size();
  input = input.subspan(size - had);
  const int status = parse_head(all.first(size));
  head = {};
  in_body = true;
  return status;
}

int HttpDecoder::State::parse_head(ByteView bytes) {
  HeadParser parser(request, limits);
  if (const int status = parser.parse(bytes)) return status;
  if (!split_target(parser.target(), request)) return 400;
  if (const int status = check_framing(parser)) return status;
  if (const auto expect = request.headers.find("Expect")) {
    if (!equal_ignoring_case(*expect, "100-continue")) return 417;
    expect_continue = parser.is_http_1_1();
  }
  request.keep_alive = parser.keep_alive();
  return 0;
}

/// Where the body ends; refuses what two readers could understand in two ways. That lengths are
/// numbers and agree, and do not stand beside "chunked", Beast has checked.
int HttpDecoder::State::check_framing(const HeadParser& parser) {
  const HttpHeaders& headers = request.headers;
  const std::size_t hosts = headers.count("Host");
  if (hosts > 1 || (hosts == 0 && parser.is_http_1_1())) return 400;
  if (const auto coding = headers.find("Transfer-Encoding")) {
    if (headers.count("Content-Length") > 0 || !parser.is_http_1_1()) return 400;
    if (headers.count("Transfer-Encoding") > 1) return 400;
    if (!equal_ignoring_case(*coding, "chunked")) return 501;
    chunked.emplace(limits.body_bytes_max, kChunkLineBytesMax);
    return 0;
  }
  const auto length = parser.content_length();
  body_left = length ? *length : 0;
  return body_left > limits.body_bytes_max ? 413 : 0;
}

int HttpDecoder::State::take_body(ByteView& input) {
  if (chunked) {
    switch (chunked->feed(input, request.body)) {
      case ChunkedBody::Status::malformed:
        return 400;
      case ChunkedBody::Status::too_large:
        return 413;
      case ChunkedBody::Status::complete:
        complete = true;
        return 0;
      case ChunkedBody::Status::more:
        return 0;
    }
  }
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(body_left, input.size()));
  append(request.body, input.first(taken));
  input = input.subspan(taken);
  body_left -= taken;
  complete = body_left == 0;
  return 0;
}

HttpDecoder::HttpDecoder(const HttpLimits& limits) : state_(std::make_unique<State>(limits)) {}
HttpDecoder::~HttpDecoder() = default;
HttpDecoder::HttpDecoder(HttpDecoder&&) noexcept = default;
HttpDecoder& HttpDecoder::operator=(HttpDecoder&&) noexcept = default;

Result<std::optional<HttpRequest>, HttpFault> HttpDecoder::next(ByteView& input) {
  State& s = *state_;
  if (s.fault == 0 && !s.in_body) s.fault = s.take_head(input);
  if (s.fault == 0 && s.in_body) s.fault = s.take_body(input);
  if (s.fault != 0) return fail(HttpFault{s.fault});
  if (!s.complete) return std::nullopt;
  std::optional<HttpRequest> request = std::move(s.request);
  s = State(s.limits);
  return request;
}

bool HttpDecoder::in_request() const {
  return state_->in_body || !state_->head.empty();
}

bool HttpDecoder::in_body() const {
  return state_->in_body;
}

std::size_t HttpDecoder::body_bytes() const {
  return state_->request.body.size();
}

bool HttpDecoder::take_expect_continue() {
  return std::exchange(state_->expect_continue, false);
}

}  // namespace righttask::net

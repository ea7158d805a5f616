#include "app/jwks_fetch.h"

#include <curl/curl.h>

#include <memory>
#include <string_view>

#include "auth/key_set.h"
#include "base/check.h"

namespace righttask::app {
namespace {

constexpr long kConnectMilliseconds = 3'000;
constexpr long kAllMilliseconds = 5'000;

struct CurlRelease {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, CurlRelease> owned(text);
  return text;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

/// Less than it was given ends the transfer.
std::size_t take(const char* data, std::size_t, std::size_t size, void* to) {
  auto& text = *static_cast<std::string*>(to);
  if (text.size() + size > auth::kKeyTextBytesMax) return 0;
  text.append(data, size);
  return size;
}

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  CHECK(curl_easy_setopt(handle, option, value) == CURLE_OK);
}

}  // namespace

Result<void, std::string> check_jwks_url(const std::string& text) {
  const std::unique_ptr<CURLU, CurlRelease> url(curl_url());
  CHECK(url != nullptr);
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return fail(std::string("is no address, as in https://id.example.com/jwks.json"));
  }
  if (!part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty()) {
    return fail(std::string("holds a user or a password, which do not belong there"));
  }
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  if (scheme == "https") return {};
  if (scheme == "http" && is_loopback(part(url.get(), CURLUPART_HOST))) return {};
  return fail(std::string(
      "has to begin with https://, or whoever is on the way could put keys of their own there"));
}

Result<std::string, std::string> fetch_jwks(const JwksAddress& address) {
  const std::unique_ptr<CURL, CurlRelease> handle(curl_easy_init());
  CHECK(handle != nullptr);
  CURL* const curl = handle.get();
  std::string text;
  char reason[CURL_ERROR_SIZE] = "";
  set(curl, CURLOPT_URL, address.url.c_str());
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  set(curl, CURLOPT_TIMEOUT_MS, kAllMilliseconds);
  set(curl, CURLOPT_ERRORBUFFER, &reason[0]);
  set(curl, CURLOPT_WRITEFUNCTION, &take);
  set(curl, CURLOPT_WRITEDATA, &text);
  // What needs no certificate stays on this machine, whatever proxy the environment names.
  if (address.url.starts_with("http:")) set(curl, CURLOPT_NOPROXY, "*");
  if (!address.ca_file.empty()) set(curl, CURLOPT_CAINFO, address.ca_file.c_str());

  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_WRITE_ERROR) return fail(address.url + ": longer than 256 KiB");
  if (code != CURLE_OK) {
    const std::string_view why = reason[0] != '\0' ? reason : curl_easy_strerror(code);
    return fail(address.url + ": " + std::string(why));
  }
  long status = 0;
  CHECK(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK);
  if (status >= 300 && status < 400) {
    return fail(address.url + ": leads elsewhere (" + std::to_string(status) +
                "); give the address at which the keys are");
  }
  if (status != 200) return fail(address.url + ": answers with " + std::to_string(status));
  return text;
}

}  // namespace righttask::app

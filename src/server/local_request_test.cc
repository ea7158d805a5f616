#include "server/local_request.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace righttask::server {
namespace {

net::HttpRequest request_from(const char* ipv4, const char* host) {
  sockaddr_storage storage{};
  auto& address = reinterpret_cast<sockaddr_in&>(storage);
  address.sin_family = AF_INET;
  inet_pton(AF_INET, ipv4, &address.sin_addr);
  net::HttpRequest request;
  request.peer = net::PeerAddress::from(storage);
  if (host != nullptr) request.headers.add("Host", host);
  return request;
}

TEST(LocalRequest, ComesFromLoopback) {  // MET-1
  EXPECT_TRUE(is_local(request_from("127.0.0.1", "localhost:4000")));
  EXPECT_TRUE(is_local(request_from("127.9.9.9", "localhost:4000")));
  EXPECT_FALSE(is_local(request_from("192.0.2.1", "localhost:4000")));
}

TEST(LocalRequest, IsAddressedToLoopback) {  // MET-1
  for (const char* host :
       {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:4000", "[::1]", "[::1]:4000"}) {
    EXPECT_TRUE(is_local(request_from("127.0.0.1", host))) << host;
  }
  for (const char* host : {"example.com", "127.0.0.1.example.com", "localhost.example.com:4000",
                           "[::1].example.com", "[::2]", "", "192.0.2.1"}) {
    EXPECT_FALSE(is_local(request_from("127.0.0.1", host))) << host;
  }
  EXPECT_FALSE(is_local(request_from("127.0.0.1", nullptr)));
}

TEST(LocalRequest, WasNotPassedOn) {  // MET-1
  for (const char* field : {"forwarded", "X-Forwarded-For", "x-forwarded-proto", "X-Forwarded-Host",
                            "X-Real-Ip", "Via"}) {
    auto request = request_from("127.0.0.1", "localhost");
    request.headers.add(field, "anything");
    EXPECT_FALSE(is_local(request)) << field;
  }
}

}  // namespace
}  // namespace righttask::server

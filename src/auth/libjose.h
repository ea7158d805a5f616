#pragma once

// libjose 11 does not say that its functions are C. What its headers include comes first, so that
// only its own declarations are meant. Inside auth alone.

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>

extern "C" {
#include <jose/cfg.h>
#include <jose/jws.h>
#include <jose/openssl.h>
}

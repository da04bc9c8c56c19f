#ifndef OPSD_CLIBCURL_SHIM_H
#define OPSD_CLIBCURL_SHIM_H

/* The checking macros of curl_easy_setopt want the option as a constant at the call; here it is an argument. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <sys/socket.h>

/* Swift cannot call variadic functions: one typed function for each shape. */
typedef size_t (*opsd_curl_data_callback)(char *data, size_t size, size_t count, void *context);

static inline CURLcode opsd_curl_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode opsd_curl_set_offset(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode opsd_curl_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode opsd_curl_set_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode opsd_curl_set_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode opsd_curl_set_data_callback(CURL *h, CURLoption o, opsd_curl_data_callback v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode opsd_curl_set_open_socket(CURL *h, curl_opensocket_callback v) { return curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, v); }
static inline CURLcode opsd_curl_set_seek(CURL *h, curl_seek_callback v) { return curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, v); }
static inline CURLcode opsd_curl_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode opsd_curl_get_offset(CURL *h, CURLINFO i, curl_off_t *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode opsd_curl_set_multi_long(CURLM *h, CURLMoption o, long v) { return curl_multi_setopt(h, o, v); }

/* Macros with casts, which Swift cannot import. */
static const long opsd_curl_auth_basic = CURLAUTH_BASIC;
static const long opsd_curl_auth_bearer = CURLAUTH_BEARER;
static const long opsd_curl_global_default = CURL_GLOBAL_DEFAULT;

/* Swift finds it in different modules, with different types, depending on what else a file imports. */
static const int opsd_curl_sock_cloexec = SOCK_CLOEXEC;

#endif

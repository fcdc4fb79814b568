/* t-decap.c - Frames of every link type, through the filter and decap.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each frame goes both ways: what decap takes the kernel's filter must let
 * through, and what is not for the port it must not.  */

#include "../../../server/capture/decap.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "../../../server/capture/filter.h"

#define PORT 62201
#define LINKTYPE_RAW 101

static const char text[] = "hello, postern";
#define TEXTLEN (sizeof text - 1)

struct frame
{
  int dlt;
  unsigned char buf[512];
  size_t len;
};


static void
add (struct frame *f, const void *data, size_t len)
{
  ck_assert (f->len + len <= sizeof f->buf);
  if (len)
    memcpy (f->buf + f->len, data, len);
  f->len += len;
}

#define ADD(f, ...)                                             \
  do                                                            \
    {                                                           \
      static const unsigned char bytes_[] = { __VA_ARGS__ };    \
      add (f, bytes_, sizeof bytes_);                           \
    }                                                           \
  while (0)


static void
put16 (unsigned char *p, size_t v)
{
  p[0] = (unsigned char)(v >> 8);
  p[1] = (unsigned char)v;
}


static void
add_udp (struct frame *f, unsigned int port)
{
  unsigned char head[8] = { 0x30, 0x39 };

  put16 (head + 2, port);
  put16 (head + 4, sizeof head + TEXTLEN);
  add (f, head, sizeof head);
  add (f, text, TEXTLEN);
}


/* An IPv4 header with OPTIONS bytes of options, and the datagram.  */
static size_t
add_ip4 (struct frame *f, size_t options, unsigned int port)
{
  unsigned char head[60] = { 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 17, 0, 0,
                             192, 0, 2, 7, 198, 51, 100, 1 };
  size_t at = f->len;

  head[0] = (unsigned char)(0x45 + options / 4);
  memset (head + 20, 1, options);
  put16 (head + 2, 20 + options + 8 + TEXTLEN);
  add (f, head, 20 + options);
  add_udp (f, port);
  return at;
}


/* An IPv6 header, EXT bytes of extension headers at EXTS the first of
   which has type FIRST, and the datagram.  */
static size_t
add_ip6 (struct frame *f, unsigned char first, const void *exts, size_t ext,
         unsigned int port)
{
  unsigned char head[40] = { 0x60, 0, 0, 0, 0, 0, first, 64,
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
  size_t at = f->len;

  put16 (head + 4, ext + 8 + TEXTLEN);
  add (f, head, sizeof head);
  add (f, exts, ext);
  add_udp (f, port);
  return at;
}


static void
start (struct frame *f, int dlt)
{
  memset (f, 0, sizeof *f);
  f->dlt = dlt;
}


static void
start_ether (struct frame *f)
{
  start (f, DLT_EN10MB);
  ADD (f, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2);
}


static int
filtered (const struct frame *f)
{
  struct pcap_pkthdr header = { { 0, 0 }, (bpf_u_int32)f->len,
                                (bpf_u_int32)f->len };
  static struct filter filter;

  filter_make (&filter, decap_link (f->dlt), PORT);
  ck_assert_uint_lt (filter.program.bf_len, FILTER_MAXLEN);
  ck_assert (bpf_validate (filter.insn, (int)filter.program.bf_len));
  return pcap_offline_filter (&filter.program, &header, f->buf) != 0;
}


/* Copied to just its size, so that the sanitizer sees each byte too far. */
static enum refusal
decapped (const struct frame *f, struct decap *r_decap)
{
  unsigned char *copy = malloc (f->len ? f->len : 1);
  enum refusal refusal;

  ck_assert (copy != NULL);
  memcpy (copy, f->buf, f->len);
  refusal = decap_frame (decap_link (f->dlt), copy, f->len, r_decap);
  if (!refusal)
    {
      ck_assert_uint_eq (r_decap->len, TEXTLEN);
      ck_assert_mem_eq (r_decap->payload, text, TEXTLEN);
    }
  free (copy);
  return refusal;
}


static void
passes (const struct frame *f)
{
  struct decap d;

  ck_assert_int_eq (decapped (f, &d), REFUSAL_NONE);
  ck_assert_uint_eq (d.sport, 12345);
  ck_assert_uint_eq (d.dport, PORT);
  if (d.src.family == AF_INET)
    {
      ck_assert_mem_eq (d.src.bytes, "\xc0\x00\x02\x07", 4);
      ck_assert_mem_eq (d.dst.bytes, "\xc6\x33\x64\x01", 4);
    }
  else
    {
      ck_assert_int_eq (d.src.family, AF_INET6);
      ck_assert_int_eq (d.src.bytes[15], 7);
      ck_assert_int_eq (d.dst.bytes[15], 1);
    }
  ck_assert (filtered (f));
}


/* FILTERED: whether the kernel lets it through, to be counted.  */
static void
refused (const struct frame *f, enum refusal refusal, int through)
{
  struct decap d;

  ck_assert_int_eq (decapped (f, &d), refusal);
  ck_assert_int_eq (filtered (f), through);
}


START_TEST (test_ethernet)
{
  struct frame f;

  start_ether (&f);
  ADD (&f, 0x08, 0);
  add_ip4 (&f, 0, PORT);
  passes (&f);
  ADD (&f, 0, 0, 0, 0, 0, 0);   /* Padding to the least size.  */
  passes (&f);
  start_ether (&f);
  ADD (&f, 0x86, 0xdd);
  add_ip6 (&f, 17, NULL, 0, PORT);
  passes (&f);
  start_ether (&f);
  ADD (&f, 0x08, 0x06);         /* ARP.  */
  add_ip4 (&f, 0, PORT);
  refused (&f, REFUSAL_LINK, 0);
}
END_TEST


/* What the type says and what the version says must be one.  */
START_TEST (test_version)
{
  struct frame f;

  start_ether (&f);
  ADD (&f, 0x86, 0xdd);
  add_ip4 (&f, 40, PORT);
  refused (&f, REFUSAL_MALFORMED, 0);
  start_ether (&f);
  ADD (&f, 0x08, 0);
  add_ip6 (&f, 17, NULL, 0, PORT);
  refused (&f, REFUSAL_MALFORMED, 0);
}
END_TEST


START_TEST (test_vlan)
{
  struct frame f;

  start_ether (&f);
  ADD (&f, 0x81, 0, 0, 5, 0x08, 0);
  add_ip4 (&f, 0, PORT);
  passes (&f);
  start_ether (&f);
  ADD (&f, 0x88, 0xa8, 0, 9, 0x81, 0, 0, 5, 0x86, 0xdd);
  add_ip6 (&f, 17, NULL, 0, PORT);
  passes (&f);
  start_ether (&f);
  ADD (&f, 0x88, 0xa8, 0, 9, 0x81, 0, 0, 5, 0x81, 0, 0, 6, 0x08, 0);
  add_ip4 (&f, 0, PORT);
  refused (&f, REFUSAL_LINK, 0);
  start_ether (&f);
  ADD (&f, 0x81, 0, 0);
  refused (&f, REFUSAL_MALFORMED, 0);
}
END_TEST


START_TEST (test_pppoe)
{
  struct frame f;
  size_t at;

  start_ether (&f);
  ADD (&f, 0x88, 0x64, 0x11, 0, 0, 1);
  at = f.len;
  ADD (&f, 0, 0, 0, 0x21);
  add_ip4 (&f, 0, PORT);
  put16 (f.buf + at, f.len - at - 2);
  passes (&f);
  f.buf[at - 3] = 0x09;         /* Discovery.  */
  refused (&f, REFUSAL_LINK, 0);
  f.buf[at - 3] = 0;
  put16 (f.buf + at, f.len - at - 1);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + at, f.len - at - 3);
  refused (&f, REFUSAL_MALFORMED, 1);

  start_ether (&f);
  ADD (&f, 0x81, 0, 0, 7, 0x88, 0x64, 0x11, 0, 0, 1);
  at = f.len;
  ADD (&f, 0, 0, 0, 0x57);
  add_ip6 (&f, 17, NULL, 0, PORT);
  put16 (f.buf + at, f.len - at - 2);
  passes (&f);
  put16 (f.buf + at + 2, 0xc021);       /* LCP.  */
  refused (&f, REFUSAL_LINK, 0);
}
END_TEST


START_TEST (test_cooked)
{
  struct frame f;
  struct decap d;

  start (&f, DLT_LINUX_SLL);
  ADD (&f, 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 2, 0, 0, 0x08, 0);
  add_ip4 (&f, 0, PORT);
  passes (&f);
  start (&f, DLT_LINUX_SLL);
  ADD (&f, 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 2, 0, 0, 0x81, 0,
       0, 5, 0x86, 0xdd);
  add_ip6 (&f, 17, NULL, 0, PORT);
  passes (&f);

  start (&f, DLT_LINUX_SLL2);
  ADD (&f, 0x86, 0xdd, 0, 0, 0, 0, 1, 2, 0, 1, 0, 6,
       2, 0, 0, 0, 0, 2, 0, 0);
  add_ip6 (&f, 17, NULL, 0, PORT);
  passes (&f);
  decapped (&f, &d);
  ck_assert_uint_eq (d.ifindex, 258);
  f.buf[0] = 0x08;
  f.buf[1] = 0x06;
  refused (&f, REFUSAL_LINK, 0);
}
END_TEST


START_TEST (test_raw)
{
  static const int dlts[] = { DLT_RAW, LINKTYPE_RAW, DLT_IPV4, DLT_IPV6 };
  struct frame f;

  start (&f, dlts[_i]);
  add_ip4 (&f, 0, PORT);
  passes (&f);
  f.buf[0] = 0x55;
  refused (&f, REFUSAL_LINK, 0);
  start (&f, dlts[_i]);
  add_ip6 (&f, 17, NULL, 0, PORT);
  passes (&f);
  start (&f, dlts[_i]);
  refused (&f, REFUSAL_MALFORMED, 0);
}
END_TEST


START_TEST (test_loopback)
{
  static const int dlts[] = { DLT_NULL, DLT_LOOP };
  struct frame f;

  start (&f, dlts[_i]);
  ADD (&f, 0, 0, 0, 2);
  add_ip4 (&f, 0, PORT);
  passes (&f);
  start (&f, dlts[_i]);
  ADD (&f, 30, 0, 0, 0);
  add_ip6 (&f, 17, NULL, 0, PORT);
  passes (&f);
  start (&f, dlts[_i]);
  ADD (&f, 30, 0);
  refused (&f, REFUSAL_LINK, 0);
}
END_TEST


START_TEST (test_port)
{
  struct frame f;
  struct decap d;

  start (&f, DLT_RAW);
  add_ip4 (&f, 0, PORT + 1);
  ck_assert_int_eq (decapped (&f, &d), REFUSAL_NONE);
  ck_assert (!filtered (&f));
  start (&f, DLT_RAW);
  add_ip6 (&f, 17, NULL, 0, PORT - 1);
  ck_assert_int_eq (decapped (&f, &d), REFUSAL_NONE);
  ck_assert (!filtered (&f));
}
END_TEST


START_TEST (test_ip4_options)
{
  struct frame f;
  size_t i;

  for (i = 0; i <= 40; i += 4)
    {
      start (&f, DLT_RAW);
      add_ip4 (&f, i, PORT);
      passes (&f);
    }
  f.buf[0] = 0x44;              /* Less than a header.  */
  refused (&f, REFUSAL_MALFORMED, 0);
}
END_TEST


START_TEST (test_ip4_protocol)
{
  struct frame f;

  start (&f, DLT_RAW);
  add_ip4 (&f, 0, PORT);
  f.buf[9] = 6;
  refused (&f, REFUSAL_LINK, 0);
  f.buf[9] = 17;
  passes (&f);
}
END_TEST


START_TEST (test_ip4_fragment)
{
  struct frame f;

  start (&f, DLT_RAW);
  add_ip4 (&f, 0, PORT);
  f.buf[6] = 0x20;              /* The first: is counted.  */
  refused (&f, REFUSAL_FRAGMENT, 1);
  f.buf[6] = 0;                 /* A later one.  */
  f.buf[7] = 1;
  refused (&f, REFUSAL_FRAGMENT, 0);
  f.buf[6] = 0x40;              /* Only "don't fragment".  */
  f.buf[7] = 0;
  passes (&f);
}
END_TEST


START_TEST (test_ip4_length)
{
  struct frame f;
  size_t total = 20 + 8 + TEXTLEN;

  start (&f, DLT_RAW);
  add_ip4 (&f, 0, PORT);
  put16 (f.buf + 2, total + 1);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 2, total - 1);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 2, 19);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 2, 0);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 2, total);
  passes (&f);
}
END_TEST


START_TEST (test_udp_length)
{
  struct frame f;

  start (&f, DLT_RAW);
  add_ip4 (&f, 0, PORT);
  put16 (f.buf + 24, 8 + TEXTLEN + 1);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 24, 7);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 24, 0);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 24, 8 + TEXTLEN);
  put16 (f.buf + 26, 0xbeef);   /* No checksum is asked for.  */
  passes (&f);
}
END_TEST


START_TEST (test_source)
{
  struct frame f;

  start (&f, DLT_RAW);
  add_ip4 (&f, 0, PORT);
  memset (f.buf + 12, 0, 4);
  refused (&f, REFUSAL_MALFORMED, 1);
  memset (f.buf + 12, 0xff, 4);
  refused (&f, REFUSAL_MALFORMED, 1);
  f.buf[12] = 224;
  refused (&f, REFUSAL_MALFORMED, 1);
  memcpy (f.buf + 12, "\xc0\x00\x02\x07", 4);
  passes (&f);
  start (&f, DLT_RAW);
  add_ip6 (&f, 17, NULL, 0, PORT);
  f.buf[8] = 0xff;
  refused (&f, REFUSAL_MALFORMED, 1);
  memset (f.buf + 8, 0, 16);
  refused (&f, REFUSAL_MALFORMED, 1);
}
END_TEST


/* Cut anywhere, a frame is refused, and never passed by the filter with
   less than the port.  */
START_TEST (test_truncated)
{
  unsigned char ext[8] = { 17, 0, 1, 4, 0, 0, 0, 0 };
  struct frame f;
  struct decap d;
  size_t whole;

  start_ether (&f);
  ADD (&f, 0x81, 0, 0, 5, 0x86, 0xdd);
  add_ip6 (&f, 60, ext, sizeof ext, PORT);
  passes (&f);
  whole = f.len;
  while (f.len--)
    {
      ck_assert_int_ne (decapped (&f, &d), REFUSAL_NONE);
      ck_assert_int_eq (filtered (&f), f.len >= whole - TEXTLEN - 4);
    }
}
END_TEST


START_TEST (test_ip6_headers)
{
  /* Hop-by-hop, routing with no segments left, destination options of 16
     bytes.  */
  static const unsigned char exts[] =
    { 43, 0, 1, 4, 0, 0, 0, 0,   60, 0, 4, 0, 0, 0, 0, 0,
      17, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
  struct frame f;
  size_t at;

  start (&f, DLT_RAW);
  at = add_ip6 (&f, 0, exts, sizeof exts, PORT);
  passes (&f);
  f.buf[at + 40 + 8 + 3] = 1;   /* A segment is left.  */
  refused (&f, REFUSAL_MALFORMED, 1);
  f.buf[at + 40 + 8 + 3] = 0;
  f.buf[at + 40 + 17] = 200;    /* Longer than all.  */
  refused (&f, REFUSAL_MALFORMED, 0);
  f.buf[at + 40 + 17] = 1;
  f.buf[at + 6] = 50;           /* ESP hides what follows.  */
  refused (&f, REFUSAL_LINK, 0);
  f.buf[at + 6] = 59;           /* No next header.  */
  refused (&f, REFUSAL_LINK, 0);
  f.buf[at + 6] = 0;
  passes (&f);
}
END_TEST


START_TEST (test_ip6_many_headers)
{
  unsigned char exts[(DECAP_MAX_HEADERS + 1) * 8];
  struct frame f;
  size_t i;

  memset (exts, 0, sizeof exts);
  for (i = 0; i <= DECAP_MAX_HEADERS; i++)
    exts[i * 8] = 60;
  exts[(DECAP_MAX_HEADERS - 1) * 8] = 17;
  start (&f, DLT_RAW);
  add_ip6 (&f, 60, exts, DECAP_MAX_HEADERS * 8, PORT);
  passes (&f);
  exts[(DECAP_MAX_HEADERS - 1) * 8] = 60;
  exts[DECAP_MAX_HEADERS * 8] = 17;
  start (&f, DLT_RAW);
  add_ip6 (&f, 60, exts, sizeof exts, PORT);
  refused (&f, REFUSAL_MALFORMED, 0);
}
END_TEST


START_TEST (test_ip6_fragment)
{
  static const unsigned char exts[] =
    { 44, 0, 1, 4, 0, 0, 0, 0,   17, 99, 0, 1, 0, 0, 0, 7 };
  struct frame f;
  size_t at;

  start (&f, DLT_RAW);
  at = add_ip6 (&f, 0, exts, sizeof exts, PORT);
  refused (&f, REFUSAL_FRAGMENT, 1);    /* The first.  */
  f.buf[at + 51] = 0;
  refused (&f, REFUSAL_FRAGMENT, 1);    /* An atomic one.  */
  f.buf[at + 51] = 8;
  refused (&f, REFUSAL_FRAGMENT, 0);    /* A later one.  */
}
END_TEST


START_TEST (test_ip6_length)
{
  struct frame f;

  start (&f, DLT_RAW);
  add_ip6 (&f, 17, NULL, 0, PORT);
  put16 (f.buf + 4, 8 + TEXTLEN + 1);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 4, 8 + TEXTLEN - 1);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 4, 0);
  refused (&f, REFUSAL_MALFORMED, 1);
  put16 (f.buf + 4, 8 + TEXTLEN);
  passes (&f);
}
END_TEST


START_TEST (test_unknown_link)
{
  struct decap d;

  ck_assert (decap_link (DLT_IEEE802_11) == NULL);
  ck_assert (decap_link (DLT_EN10MB) != NULL);
  ck_assert_int_eq (decap_frame (NULL, (const void *)"x", 1, &d),
                    REFUSAL_LINK);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("decap");
  TCase *tc = tcase_create ("link");
  SRunner *sr;
  int failed;

  tcase_add_test (tc, test_ethernet);
  tcase_add_test (tc, test_version);
  tcase_add_test (tc, test_vlan);
  tcase_add_test (tc, test_pppoe);
  tcase_add_test (tc, test_cooked);
  tcase_add_loop_test (tc, test_raw, 0, 4);
  tcase_add_loop_test (tc, test_loopback, 0, 2);
  tcase_add_test (tc, test_unknown_link);
  suite_add_tcase (suite, tc);
  tc = tcase_create ("ip");
  tcase_add_test (tc, test_port);
  tcase_add_test (tc, test_ip4_options);
  tcase_add_test (tc, test_ip4_protocol);
  tcase_add_test (tc, test_ip4_fragment);
  tcase_add_test (tc, test_ip4_length);
  tcase_add_test (tc, test_udp_length);
  tcase_add_test (tc, test_source);
  tcase_add_test (tc, test_truncated);
  tcase_add_test (tc, test_ip6_headers);
  tcase_add_test (tc, test_ip6_many_headers);
  tcase_add_test (tc, test_ip6_fragment);
  tcase_add_test (tc, test_ip6_length);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

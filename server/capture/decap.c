/* decap.c - Find the UDP datagram in a captured frame.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * IPv4 is RFC 791, IPv6 RFC 8200, UDP RFC 768.  */

#include "decap.h"

#include <string.h>
#include <pcap/dlt.h>

#define UDP_HEADER 8
#define IP4_HEADER 20
#define IP6_HEADER 40
#define PPPOE_HEADER 6          /* Before PPP's protocol.  */

/* DLT_RAW is 12 or 14 on a host; in files it is LINKTYPE_RAW, 101.  */
#define LINKTYPE_RAW 101

static const struct decap_link links[] = {
  { DLT_EN10MB, 14, 12, -1 },
  { DLT_LINUX_SLL, 16, 14, -1 },
  { DLT_LINUX_SLL2, 20, 0, 4 },
  { DLT_RAW, 0, -1, -1 },
  { LINKTYPE_RAW, 0, -1, -1 },
  { DLT_IPV4, 0, -1, -1 },
  { DLT_IPV6, 0, -1, -1 },
  { DLT_NULL, 4, -1, -1 },
  { DLT_LOOP, 4, -1, -1 }
};

/* The bytes that are still to be looked at.  */
struct rest
{
  const unsigned char *p;
  size_t n;
};


const struct decap_link *
decap_link (int dlt)
{
  size_t i;

  for (i = 0; i < sizeof links / sizeof links[0]; i++)
    if (links[i].dlt == dlt)
      return &links[i];
  return NULL;
}


static uint16_t
get16 (const unsigned char *p)
{
  return (uint16_t)(p[0] << 8 | p[1]);
}


static uint32_t
get32 (const unsigned char *p)
{
  return (uint32_t)get16 (p) << 16 | get16 (p + 2);
}


/* Step over N bytes; false if fewer are left.  */
static bool
skip_bytes (struct rest *rest, size_t n)
{
  if (rest->n < n)
    return false;
  rest->p += n;
  rest->n -= n;
  return true;
}


/* True for a source address that no host can have, and to which no answer may
   be sent.  */
static bool
source_is_impossible (const struct net_addr *addr)
{
  static const unsigned char zero[16];
  static const unsigned char broadcast[4] = { 255, 255, 255, 255 };
  const unsigned char *b = addr->bytes;

  if (!memcmp (b, zero, sizeof zero))
    return true;
  if (addr->family == AF_INET6)
    return b[0] == 0xff;
  return (b[0] & 0xf0) == 0xe0 || !memcmp (b, broadcast, 4);
}


static enum refusal
take_udp (struct rest *rest, struct decap *r_decap)
{
  size_t len;

  if (rest->n < UDP_HEADER || source_is_impossible (&r_decap->src))
    return REFUSAL_MALFORMED;
  len = get16 (rest->p + 4);
  if (len < UDP_HEADER || len > rest->n)
    return REFUSAL_MALFORMED;
  r_decap->sport = get16 (rest->p);
  r_decap->dport = get16 (rest->p + 2);
  r_decap->payload = rest->p + UDP_HEADER;
  r_decap->len = len - UDP_HEADER;
  /* The checksum is not checked: with offload it is not there yet.  */
  return REFUSAL_NONE;
}


static enum refusal
take_ip4 (struct rest *rest, struct decap *r_decap)
{
  const unsigned char *ip = rest->p;
  size_t header, total;

  if (rest->n < IP4_HEADER || ip[0] >> 4 != 4)
    return REFUSAL_MALFORMED;
  header = (size_t)(ip[0] & 0x0f) * 4;
  total = get16 (ip + 2);
  if (header < IP4_HEADER || total < header || total > rest->n)
    return REFUSAL_MALFORMED;
  if (ip[9] != DECAP_UDP)
    return REFUSAL_LINK;
  if (get16 (ip + 6) & 0x3fff)
    return REFUSAL_FRAGMENT;

  r_decap->src.family = AF_INET;
  r_decap->dst.family = AF_INET;
  memcpy (r_decap->src.bytes, ip + 12, 4);
  memcpy (r_decap->dst.bytes, ip + 16, 4);
  rest->n = total;              /* The Ethernet's padding goes.  */
  skip_bytes (rest, header);
  return take_udp (rest, r_decap);
}


/* Step over one extension header of type *NEXT; *NEXT becomes the type of the
   next header.  */
static enum refusal
pass_header (struct rest *rest, unsigned int *next)
{
  const unsigned char *p = rest->p;

  if (*next == DECAP_FRAGMENT)
    return REFUSAL_FRAGMENT;
  if (*next != DECAP_HOPOPTS && *next != DECAP_ROUTING
      && *next != DECAP_DSTOPTS)
    return REFUSAL_LINK;
  if (rest->n < 8)
    return REFUSAL_MALFORMED;
  /* If segments are left, this host is not the destination.  */
  if (*next == DECAP_ROUTING && p[3])
    return REFUSAL_MALFORMED;
  *next = p[0];
  return skip_bytes (rest, ((size_t)p[1] + 1) * 8)
    ? REFUSAL_NONE : REFUSAL_MALFORMED;
}


static enum refusal
take_ip6 (struct rest *rest, struct decap *r_decap)
{
  const unsigned char *ip = rest->p;
  enum refusal refusal;
  unsigned int next, i;
  size_t len;

  if (rest->n < IP6_HEADER || ip[0] >> 4 != 6)
    return REFUSAL_MALFORMED;
  len = get16 (ip + 4);         /* 0 would be a jumbogram.  */
  if (len > rest->n - IP6_HEADER)
    return REFUSAL_MALFORMED;
  r_decap->src.family = AF_INET6;
  r_decap->dst.family = AF_INET6;
  memcpy (r_decap->src.bytes, ip + 8, 16);
  memcpy (r_decap->dst.bytes, ip + 24, 16);
  next = ip[6];
  skip_bytes (rest, IP6_HEADER);
  rest->n = len;
  for (i = 0; next != DECAP_UDP; i++)
    {
      if (i == DECAP_MAX_HEADERS)
        return REFUSAL_MALFORMED;
      refusal = pass_header (rest, &next);
      if (refusal)
        return refusal;
    }
  return take_udp (rest, r_decap);
}


/* Step over PPPoE's session header (RFC 2516) and PPP's protocol.  */
static enum refusal
pass_pppoe (struct rest *rest, unsigned int *type)
{
  size_t len;

  if (rest->n < PPPOE_HEADER + 2)
    return REFUSAL_MALFORMED;
  if (rest->p[0] != 0x11 || rest->p[1])
    return REFUSAL_LINK;        /* Not version 1, or not session data.  */
  len = get16 (rest->p + 4);
  skip_bytes (rest, PPPOE_HEADER);
  if (len < 2 || len > rest->n)
    return REFUSAL_MALFORMED;
  rest->n = len;
  switch (get16 (rest->p))
    {
    case DECAP_PPP_IP4: *type = DECAP_TYPE_IP4; break;
    case DECAP_PPP_IP6: *type = DECAP_TYPE_IP6; break;
    default: return REFUSAL_LINK;
    }
  skip_bytes (rest, 2);
  return REFUSAL_NONE;
}


static enum refusal
take_type (struct rest *rest, unsigned int type, struct decap *r_decap)
{
  enum refusal refusal;
  int i;

  for (i = 0; i < DECAP_MAX_TAGS
         && (type == DECAP_TYPE_VLAN || type == DECAP_TYPE_QINQ); i++)
    {
      if (rest->n < 4)
        return REFUSAL_MALFORMED;
      type = get16 (rest->p + 2);
      skip_bytes (rest, 4);
    }
  if (type == DECAP_TYPE_PPPOE)
    {
      refusal = pass_pppoe (rest, &type);
      if (refusal)
        return refusal;
    }
  if (type == DECAP_TYPE_IP4)
    return take_ip4 (rest, r_decap);
  if (type == DECAP_TYPE_IP6)
    return take_ip6 (rest, r_decap);
  return REFUSAL_LINK;
}


enum refusal
decap_frame (const struct decap_link *link,
             const unsigned char *frame, size_t len, struct decap *r_decap)
{
  struct rest rest = { frame, len };

  memset (r_decap, 0, sizeof *r_decap);
  if (!link || !skip_bytes (&rest, link->header))
    return REFUSAL_LINK;
  if (link->index >= 0)
    r_decap->ifindex = get32 (frame + link->index);
  if (link->type >= 0)
    return take_type (&rest, get16 (frame + link->type), r_decap);
  if (!rest.n)
    return REFUSAL_MALFORMED;
  switch (rest.p[0] >> 4)
    {
    case 4: return take_ip4 (&rest, r_decap);
    case 6: return take_ip6 (&rest, r_decap);
    default: return REFUSAL_LINK;
    }
}

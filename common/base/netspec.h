/* netspec.h - Addresses, ports, durations and hours, as people write them.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_NETSPEC_H
#define POSTERN_NETSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <sys/socket.h>
#include <gpg-error.h>

/* An IPv4 or IPv6 address.  FAMILY is AF_INET, AF_INET6, or AF_UNSPEC for
   none; BYTES is in network order, with zeros after an IPv4 address.  */
struct net_addr
{
  sa_family_t family;
  unsigned char bytes[16];
};

struct net_prefix
{
  struct net_addr addr;         /* Host bits are zero.  */
  unsigned int bits;
};

/* PROTO is IPPROTO_TCP or IPPROTO_UDP; 1 <= FIRST <= LAST.  */
struct port_range
{
  uint8_t proto;
  uint16_t first;
  uint16_t last;
};

#define NETSPEC_MAX_RANGES 16   /* In a request (doc/PROTOCOL.md).  */
#define NETSPEC_MAX_PORTS 1024  /* Ports that one set may cover.  */
#define NETSPEC_RANGESTRLEN 16
#define NETSPEC_PORTSTRLEN (NETSPEC_MAX_RANGES * NETSPEC_RANGESTRLEN)
#define NETSPEC_ADDRSTRLEN 46
#define NETSPEC_PREFIXSTRLEN 50

struct port_set
{
  unsigned int n;
  struct port_range range[NETSPEC_MAX_RANGES];
};

/* A weekly span: bit 0 of DAYS is Sunday.  FIRST and LAST are minutes of the
   local day; a span with LAST <= FIRST crosses midnight.  */
struct hours
{
  unsigned int days;
  unsigned int first;
  unsigned int last;
};

/* Parse exactly what inet_ntop prints (RFC 5952 for IPv6).
   GPG_ERR_INV_VALUE for any other spelling.  */
gpg_error_t netspec_addr_parse (const char *text, struct net_addr *r_addr);

/* TEXT takes NETSPEC_ADDRSTRLEN bytes; it is empty for AF_UNSPEC.  Returns
   TEXT.  */
char *netspec_addr_print (const struct net_addr *addr, char *text);

bool netspec_addr_equal (const struct net_addr *a, const struct net_addr *b);

/* True for an address that may get a grant: neither unspecified (all of
   0.0.0.0/8), multicast, broadcast, loopback nor IPv4-mapped.  */
bool netspec_addr_grantable (const struct net_addr *addr);

/* True for an address that other hosts see unchanged: grantable, and globally
   reachable by IANA's special-purpose registries.  The blocks for
   documentation count as globally reachable.  */
bool netspec_addr_global (const struct net_addr *addr);

/* Convert from and to the form of a socket.  An IPv4-mapped address becomes
   IPv4.  GPG_ERR_INV_VALUE, or a length of 0, for another family.  */
gpg_error_t netspec_addr_from_sockaddr (const struct sockaddr *sa,
                                        struct net_addr *r_addr,
                                        uint16_t *r_port);
socklen_t netspec_addr_to_sockaddr (const struct net_addr *addr,
                                    uint16_t port, unsigned int scope,
                                    struct sockaddr_storage *r_sa);

/* "203.0.113.0/24".  An address without "/" is a prefix of all its bits, and
   is printed so.  GPG_ERR_INV_VALUE if host bits are set.  TEXT takes
   NETSPEC_PREFIXSTRLEN bytes.  */
gpg_error_t netspec_prefix_parse (const char *text, struct net_prefix *r_p);
char *netspec_prefix_print (const struct net_prefix *p, char *text);
bool netspec_prefix_contains (const struct net_prefix *p,
                              const struct net_addr *addr);

/* One item of LEN bytes: "tcp/22" or "udp/60000-60010".  A single port must
   not be written as a range.  GPG_ERR_INV_VALUE.  */
gpg_error_t netspec_range_parse (const char *text, size_t len,
                                 struct port_range *r_range);

/* TEXT takes NETSPEC_RANGESTRLEN bytes.  Returns TEXT.  */
char *netspec_range_print (const struct port_range *range, char *text);

/* Comma-separated items, 1 to NETSPEC_MAX_RANGES, that do not overlap and
   cover at most NETSPEC_MAX_PORTS ports.  GPG_ERR_INV_VALUE.  */
gpg_error_t netspec_ports_parse (const char *text, struct port_set *r_set);

/* TEXT takes NETSPEC_PORTSTRLEN bytes.  Returns TEXT.  */
char *netspec_ports_print (const struct port_set *set, char *text);

/* Add RANGE to SET with the checks of netspec_ports_parse.  */
gpg_error_t netspec_ports_add (struct port_set *set,
                               const struct port_range *range);

/* True if each port of INNER is in OUTER.  */
bool netspec_ports_cover (const struct port_set *outer,
                          const struct port_set *inner);

/* Seconds: "90s", "5m", "2h", "7d": decimal without leading zeros ("0s"
   is allowed), one unit, at most ten years.  GPG_ERR_INV_VALUE.  */
gpg_error_t netspec_duration_parse (const char *text, unsigned int *r_secs);

/* Print "1h30m" for a person.  TEXT takes 32 bytes.  Returns TEXT.  */
char *netspec_duration_print (unsigned long secs, char *text);

/* "Mon-Fri 07:00-20:00", "Sat,Sun 10:00-12:00", "22:00-06:00" (every
   day); the end of a day is "24:00".  GPG_ERR_INV_VALUE.  */
gpg_error_t netspec_hours_parse (const char *text, struct hours *r_hours);

/* Print HOURS so; three or more consecutive days become a range.  TEXT takes
   NETSPEC_HOURSSTRLEN bytes.  Returns TEXT.  */
#define NETSPEC_HOURSSTRLEN 48
char *netspec_hours_print (const struct hours *hours, char *text);

/* True if TM, a local time, lies in HOURS.  */
bool netspec_hours_contain (const struct hours *hours, const struct tm *tm);

/* [a-z0-9][a-z0-9._-]{0,31}  */
#define NETSPEC_NAMELEN 32
bool netspec_name_valid (const char *name, size_t len);

/* A primary fingerprint: 40 (v4) or 64 (v5) upper-case digits.  */
#define NETSPEC_FPRLEN 64
#define NETSPEC_FPRLEAST 40
bool netspec_fpr_valid (const char *fpr, size_t len);

#endif /*POSTERN_NETSPEC_H*/

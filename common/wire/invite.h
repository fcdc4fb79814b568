/* invite.h - The text of an invite: its one reader and writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lines as in a request (see request.h): "name: value", each ended by an LF,
 * in this order, each at most once, with one form for each value.
 *
 *   postern-invite: 1
 *   for: FPR                 primary fingerprint of the person
 *   serial: N                decimal, grows with each invite of the server
 *   time: SECONDS            Unix seconds when it was issued
 *   user: NAME               the person's name on this server
 *   host: NAME
 *   address: A[,A...]        1 to 8 host names or addresses
 *   port: N
 *   server: FPR              primary fingerprint of the server's key
 *   server-key: BASE64       that key, as gpg --export gives it
 *   by: FPR                  optional: primary fingerprint of the
 *                            administrator who enrols, and signs as well
 *   by-key: BASE64           with "by", and only with it: that key
 *   door: NAME=BASE64        the door key, 32 bytes
 *   door-ends: SECONDS       optional: when the door key ends
 *   ports: tcp/22,...        optional: what open asks for by default
 *   credential: KIND         optional: some rule requires one of that kind:
 *                            crypt, shadow, ldap
 */

#ifndef POSTERN_INVITE_H
#define POSTERN_INVITE_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../base/netspec.h"

#define INVITE_MAXLEN 32768
#define INVITE_MAX_ADDRESSES 8
#define INVITE_ADDRLEN 253
#define INVITE_DOORLEN 32

struct invite_s
{
  char person[NETSPEC_FPRLEN + 1];
  uint64_t serial;
  uint64_t time;
  char user[NETSPEC_NAMELEN + 1];
  char host[NETSPEC_NAMELEN + 1];
  unsigned int n_addresses;
  char address[INVITE_MAX_ADDRESSES][INVITE_ADDRLEN + 1];
  uint16_t port;
  char server[NETSPEC_FPRLEN + 1];
  unsigned char *server_key;
  size_t server_key_len;
  char by[NETSPEC_FPRLEN + 1];  /* Empty: not given.  */
  unsigned char *by_key;        /* NULL: not given.  */
  size_t by_key_len;
  char door[NETSPEC_NAMELEN + 1];
  unsigned char door_key[INVITE_DOORLEN];
  uint64_t door_ends;           /* 0: not given.  */
  struct port_set ports;        /* n == 0: not given.  */
  char credential[NETSPEC_NAMELEN + 1]; /* Empty: none.  */
};
typedef struct invite_s *invite_t;

/* A zeroed invite in memory of secret_alloc.  GPG_ERR_ENOMEM.  */
gpg_error_t invite_new (invite_t *r_invite);
void invite_release (invite_t invite);  /* Wipes the door key.  */

/* As request_parse and request_write.  The text holds the door key: release
   it with request_text_release, which wipes it.
   A serial is from 1 to 2^53 - 1, addresses differ, credential is one of
   the three, by and by_key are given together, and by is not server.  */
gpg_error_t invite_parse (const void *text, size_t len,
                          invite_t *r_invite, const char **r_why);
gpg_error_t invite_write (invite_t invite, char **r_text, size_t *r_len);

/* True for what the line "address" takes: a host name (RFC 1123, section
   2.1) or an address that is neither unspecified, multicast,
   broadcast nor IPv4-mapped.  */
int invite_address_valid (const char *text, size_t len);

/* True for what the line "credential" takes: crypt, shadow or ldap.  */
int invite_credential_valid (const char *text);

#endif /*POSTERN_INVITE_H*/

/* resolve.h - From names to addresses, in a time that is known.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * getaddrinfo waits as long as resolv.conf says.  So a child process calls it,
 * and is killed when the time is over.  */

#ifndef POSTERN_CLIENT_RESOLVE_H
#define POSTERN_CLIENT_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <gpg-error.h>

#define RESOLVE_MAX 8           /* Addresses of a name.  */

struct resolve_result
{
  size_t n;
  struct
  {
    struct sockaddr_storage sa;
    socklen_t len;
  } to[RESOLVE_MAX];
};

/* True for an address as such, which needs no name server.  */
bool resolve_is_literal (const char *name);

/* NAME with PORT, of FAMILY (AF_UNSPEC: both), in getaddrinfo's order
   (RFC 6724), within MSECS.  GPG_ERR_TIMEOUT, or GPG_ERR_UNKNOWN_HOST with
   getaddrinfo's own error in *R_GAI.  */
gpg_error_t resolve_name (const char *name, uint16_t port, int family,
                          unsigned int msecs, struct resolve_result *r_result,
                          int *r_gai);

#endif /*POSTERN_CLIENT_RESOLVE_H*/

/* message.h - The channel between processes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SOCK_SEQPACKET, one message a datagram, with a header of version, type,
 * length and id.  What a body may be is for packets.h to say.  */

#ifndef POSTERN_MESSAGE_H
#define POSTERN_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>

#define MESSAGE_VERSION 1
#define MESSAGE_MAXLEN 16384    /* Header and body.  */
#define MESSAGE_HEADERLEN 16
#define MESSAGE_BODYLEN (MESSAGE_MAXLEN - MESSAGE_HEADERLEN)

struct message
{
  uint16_t type;
  uint64_t id;
  const unsigned char *body;
  size_t len;
  int fd;                       /* That came with it; -1: none.  */
};

/* Send one message.  GPG_ERR_EAGAIN where FD is non-blocking and full,
   GPG_ERR_TOO_LARGE for more than MESSAGE_BODYLEN bytes.  */
gpg_error_t message_send (int fd, uint16_t type, uint64_t id,
                          const void *body, size_t len);

/* The same, with the descriptor PASSED, which stays the caller's; -1:
   none (unix(7), SCM_RIGHTS).  */
gpg_error_t message_send_fd (int fd, uint16_t type, uint64_t id,
                             const void *body, size_t len, int passed);

/* Receive one message from FD into BUF, without waiting; its body is then
   there.  A descriptor that comes with it never arrives.  One byte more than
   a message may have shows one that is longer.  *R_USED is how much of BUF was
   written.  GPG_ERR_EOF when the other side
   is gone, GPG_ERR_EAGAIN where nothing waits, GPG_ERR_UNEXPECTED_MSG for
   what is not one whole message of our version.  */
gpg_error_t message_receive (int fd, unsigned char buf[MESSAGE_MAXLEN + 1],
                             struct message *msg, size_t *r_used);

/* The same, with at most one descriptor in MSG, which is the caller's then,
   and closed by an exec.  GPG_ERR_UNEXPECTED_MSG if there are more.  */
gpg_error_t message_receive_fd (int fd, unsigned char buf[MESSAGE_MAXLEN + 1],
                                struct message *msg, size_t *r_used);

#endif /*POSTERN_MESSAGE_H*/

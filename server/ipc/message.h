/* message.h - The channel between processes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SOCK_SEQPACKET, one message a datagram, with a header of version, type,
 * length and id.  Each receiver has one table of what it may receive;
 * anything else is a bug or an attack and ends the receiver.  */

#ifndef POSTERN_MESSAGE_H
#define POSTERN_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"

#define MESSAGE_VERSION 1
#define MESSAGE_MAXLEN 16384    /* Header and body.  */

struct message
{
  uint16_t type;
  uint64_t id;
  const unsigned char *body;
  size_t len;
};

/* Handles one message.  An error means that the body is not as it must be:
   message_dispatch gives it back and the process ends.  */
typedef gpg_error_t (*message_handler_t) (void *hook,
                                          const struct message *msg);

struct message_rule
{
  uint16_t type;
  unsigned int from;            /* A bit of the caller's own: who sends. */
  size_t least;                 /* Of the body.  */
  size_t most;
  message_handler_t handler;
};

/* Send one message.  GPG_ERR_EAGAIN where FD is non-blocking and full.  */
gpg_error_t message_send (int fd, uint16_t type, uint64_t id,
                          const void *body, size_t len);

/* Receive one message from FD (whose sender is FROM) and hand it to its
   handler.  GPG_ERR_EOF when the other side is gone, GPG_ERR_EAGAIN where
   nothing waits, GPG_ERR_UNEXPECTED_MSG for what TABLE (N rows) does not
   list.  */
gpg_error_t message_dispatch (int fd, unsigned int from,
                              const struct message_rule *table, size_t n,
                              void *hook);

/* A writer and a reader of bodies: integers big-endian, byte strings with
   a u16 (or, for BIG, u32) length.  Both remember their first error; what
   is read after it is zero or empty.  */
struct message_writer
{
  unsigned char buf[MESSAGE_MAXLEN];
  size_t len;
  int failed;
};

void message_write_init (struct message_writer *w);
void message_write_u8 (struct message_writer *w, uint8_t v);
void message_write_u16 (struct message_writer *w, uint16_t v);
void message_write_u32 (struct message_writer *w, uint32_t v);
void message_write_u64 (struct message_writer *w, uint64_t v);
void message_write_raw (struct message_writer *w, const void *p, size_t n);
void message_write_bytes (struct message_writer *w, const void *p, size_t n);
void message_write_string (struct message_writer *w, const char *s);
void message_write_addr (struct message_writer *w, const struct net_addr *a);
void message_write_ports (struct message_writer *w, const struct port_set *p);

/* Send what was written; GPG_ERR_TOO_LARGE where the writer failed.  */
gpg_error_t message_write_send (struct message_writer *w, int fd,
                                uint16_t type, uint64_t id);

struct message_reader
{
  const unsigned char *p;
  size_t left;
  int failed;
};

void message_read_init (struct message_reader *r, const struct message *msg);
uint8_t message_read_u8 (struct message_reader *r);
uint16_t message_read_u16 (struct message_reader *r);
uint32_t message_read_u32 (struct message_reader *r);
uint64_t message_read_u64 (struct message_reader *r);
void message_read_raw (struct message_reader *r, void *p, size_t n);
/* The bytes stay in the message's body.  */
const unsigned char *message_read_bytes (struct message_reader *r,
                                         size_t *r_len);
/* A string of at most SIZE - 1 bytes without NUL goes to BUF.  */
void message_read_string (struct message_reader *r, char *buf, size_t size);
void message_read_addr (struct message_reader *r, struct net_addr *a);
void message_read_ports (struct message_reader *r, struct port_set *p);

/* GPG_ERR_BAD_DATA if a read failed or anything is left.  */
gpg_error_t message_read_end (struct message_reader *r);

#endif /*POSTERN_MESSAGE_H*/

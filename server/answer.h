/* answer.h - Sending the reply.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_ANSWER_H
#define POSTERN_ANSWER_H

#include <gpg-error.h>
#include "../common/reply.h"
#include "packets.h"

/* Send REPLY to where ORIGIN came from, sealed under the request's one-time
   KEY and no longer than its datagram was.  The socket exists only while
   it is sent.  Never waits.  */
gpg_error_t answer_send (const struct packet_origin *origin,
                         const unsigned char key[REQUEST_KEYLEN],
                         reply_t reply);

#endif /*POSTERN_ANSWER_H*/

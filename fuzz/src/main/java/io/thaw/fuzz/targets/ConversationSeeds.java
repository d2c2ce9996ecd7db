package io.thaw.fuzz.targets;

import io.thaw.registry.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a registry answers, and what the kernel asks.
final class ConversationSeeds {
  private static final int OK = 0;
  private static final int UNAUTHORIZED = 1;
  private static final int NOT_FOUND = 2;
  private static final int REDIRECT = 3;
  private static final int PARTIAL = 4;
  private static final int ACCEPTED = 6;
  private static final int CREATED = 7;
  private static final int BUSY = 8;

  private ConversationSeeds() {}

  static Map<String, byte[]> forRegistry() {
    byte[] challenge =
        answer(
            UNAUTHORIZED,
            "wBearer realm=\"https://auth.example/token?x=y\",service=\"s\",scope=\"a b\"",
            "");
    byte[] token = answer(OK, "tapplication/json", "{\"token\":\"t\",\"expires_in\":60}");
    String digest = Digest.sha256(Seeds.text("blob")).toString();
    byte[] blob = answer(OK, "n4", "blob");
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    seeds.put("resolve", call(0, challenge, token, answer(OK, "ta/b\nn4\nd" + digest, "")));
    seeds.put("manifest", call(1, answer(OK, "ta/b; charset=x\nd" + digest, "blob")));
    seeds.put("by-digest", call(2, answer(BUSY, "a1", ""), answer(OK, "ta/b", "blob")));
    seeds.put("blob", call(3, answer(REDIRECT, "lhttps://store.example/b?sig=1", ""), blob));
    seeds.put(
        "blob-broken", call(3, answer(OK, "n4", "bl"), answer(PARTIAL, "rbytes 2-3/4\nn2", "ob")));
    seeds.put("range", call(4, answer(PARTIAL, "rbytes 1-2/4\nn2", "lo")));
    seeds.put("range-ignored", call(4, blob));
    seeds.put(
        "referrers",
        call(
            5,
            answer(
                OK,
                "tapplication/vnd.oci.image.index.v1+json\nk</v2/team/app/referrers/x?n=1>; rel=\"next\"",
                "{\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\""
                    + digest
                    + "\",\"size\":3,\"artifactType\":\"application/x\",\"annotations\":{\"a\":\"b\"}}]}"),
            answer(NOT_FOUND, "", "")));
    seeds.put("exists", call(6, answer(OK, "n4", "")));
    seeds.put(
        "push",
        call(
            7,
            answer(NOT_FOUND, "", ""),
            answer(ACCEPTED, "l/v2/team/app/blobs/uploads/1?state=x", ""),
            answer(CREATED, "d" + digest, "")));
    seeds.put("push-manifest", call(8, answer(CREATED, "d" + digest + "\ns" + digest, "")));
    seeds.put("basic", call(6, answer(UNAUTHORIZED, "wBasic realm=\"a\\\"b\", Bearer", ""), blob));
    seeds.put(
        "error",
        call(
            0,
            answer(
                10,
                "tapplication/json",
                "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"m\"}]}")));
    return seeds;
  }

  private static byte[] call(int which, byte[]... answers) {
    byte[] input = Seeds.bytes(which);
    for (int i = 0; i < answers.length; i++) {
      input = Seeds.concat(input, i == 0 ? new byte[0] : Seeds.bytes(0xff), answers[i]);
    }
    return input;
  }

  private static byte[] answer(int status, String headers, String body) {
    return Seeds.concat(
        Seeds.bytes(status), Seeds.text(headers), Seeds.bytes(0xfe), Seeds.text(body));
  }

  static Map<String, byte[]> forFuse() {
    byte[] init = request(26, 0, numbers(16, 7, 40, 65536, -1));
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    seeds.put(
        "lookup",
        requests(init, request(1, 1, Seeds.text("d\0")), request(1, 2, Seeds.text("f\0"))));
    seeds.put(
        "attributes",
        requests(
            request(3, 3, new byte[16]), request(5, 4, new byte[0]), request(17, 1, new byte[0])));
    seeds.put(
        "read",
        requests(
            request(14, 3, new byte[8]), read(15, 3, 100, 4096), read(15, 8, 1 << 21, 1 << 20)));
    seeds.put(
        "list", requests(request(27, 1, new byte[8]), read(28, 1, 0, 4096), read(44, 2, 1, 300)));
    seeds.put(
        "xattr",
        requests(
            request(22, 8, Seeds.concat(numbers(2, 100, 0), Seeds.text("user.b\0"))),
            request(23, 8, numbers(2, 0, 0))));
    seeds.put(
        "others",
        requests(
            request(4, 1, new byte[88]),
            request(16, 3, new byte[40]),
            request(2, 3, new byte[8]),
            request(38, 0, new byte[0])));
    return seeds;
  }

  private static byte[] numbers(int count, int... values) {
    ByteBuffer body = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      body.putInt(value);
    }
    return body.array();
  }

  private static byte[] read(int opcode, long node, long offset, int size) {
    return request(
        opcode,
        node,
        ByteBuffer.allocate(40)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(0)
            .putLong(offset)
            .putInt(size)
            .array());
  }

  private static byte[] request(int opcode, long node, byte[] body) {
    return ByteBuffer.allocate(40 + body.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(40 + body.length)
        .putInt(opcode)
        .putLong(77)
        .putLong(node)
        .putLong(0)
        .putLong(1)
        .put(body)
        .array();
  }

  private static byte[] requests(byte[]... requests) {
    byte[] input = Seeds.bytes(1);
    for (byte[] request : requests) {
      input = Seeds.concat(input, Seeds.bytes(request.length, request.length >>> 8), request);
    }
    return input;
  }
}

# ruff: noqa
# What the rules of ledger.yaml find (ruleid) and let pass (ok).


def grant(dynamodb, table, item, account_id):
    # ruleid: written-past-the-table
    action = {"Put": {"Item": item}}
    # ruleid: written-past-the-table
    dynamodb.call("TransactWriteItems", {"TransactItems": [action]})
    # ok: written-past-the-table
    dynamodb.call("BatchGetItem", item)

    # ruleid: changed-in-place
    dynamodb.call("UpdateItem", item)
    # ruleid: changed-in-place
    dynamodb.call("Scan", {})
    # ruleid: changed-in-place
    table.delete_item(Key=item)
    # ruleid: changed-in-place
    action = {"Delete": item}
    # ok: changed-in-place
    dynamodb.call("Query", item)

    # ruleid: read-not-consistently
    keys = {"Keys": [item]}
    # ruleid: read-not-consistently
    keys = {"Keys": [item], "ConsistentRead": False}
    # ok: read-not-consistently
    keys = {"Keys": [item], "ConsistentRead": True}

    # ruleid: expression-put-together
    table.query(f"pk = {account_id}", {}, limit=1)
    # ruleid: expression-put-together
    wanted = {"ConditionExpression": "v = " + str(seen)}
    # ruleid: expression-put-together
    wanted = {"KeyConditionExpression": "pk = {}".format(account_id)}
    # ok: expression-put-together
    table.query("pk = :pk", {":pk": account_id}, limit=1)
    # ok: expression-put-together
    wanted = {"ConditionExpression": "attribute_not_exists(pk)"}


def put_of(record):
    put = _put(record)
    # ruleid: put-without-a-condition
    return put


def put_of_two(record, seen):
    put = _put(record)
    if seen == 0:
        # ok: put-without-a-condition
        return put | {"ConditionExpression": "attribute_not_exists(pk)"}
    # ruleid: put-without-a-condition
    return put | {"ExpressionAttributeValues": {}}

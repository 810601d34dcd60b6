import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import Ajv from 'ajv';

const require = createRequire(import.meta.url);
const FOLDER = new URL('../../../../docs/protocol/', import.meta.url);

function read(name) {
    return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
}

function withSchemas() {
    // Constraints such as `required` stand apart from `properties` in alternatives; everything else of strict mode is kept.
    const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false, allowUnionTypes: true });
    ajv.addKeyword('x-answeredBy');
    ajv.addSchema(read('common.schema.json'), 'common.schema.json');
    return ajv;
}

for (const side of ['server', 'client']) {
    test(`${side}.schema.json is a JSON schema, and its examples keep to it`, () => {
        const ajv = withSchemas();
        const schema = read(`${side}.schema.json`);
        const validate = ajv.addSchema(schema, `${side}.schema.json`).getSchema(`${side}.schema.json`);
        let count = 0;
        for (const { examples = [] } of Object.values(schema.$defs)) {
            for (const example of examples) {
                assert.ok(validate(example), JSON.stringify([example, validate.errors], null, 2));
                count++;
            }
        }
        assert.ok(count >= schema.oneOf.length);
        assert.equal(validate({ type: 'dance' }), false);
    });
}

test('asyncapi.json is an AsyncAPI 3.0 document, and every reference in it leads somewhere', () => {
    const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
    const validate = ajv.compile(require('@asyncapi/specs/schemas/3.0.0-without-$id.json'));
    const document = read('asyncapi.json');
    assert.ok(validate(document), JSON.stringify(validate.errors, null, 2));
    JSON.stringify(document, (key, value) => {
        if (key === '$ref') {
            const target = value.split('/').slice(1).reduce((part, name) => part?.[name], document);
            assert.notEqual(target, undefined, value);
        }
        return value;
    });
    assert.equal(validate({ ...document, operations: { broken: { action: 'shout' } } }), false);
});

test('the payloads of asyncapi.json take the examples and refuse what the schema refuses', () => {
    const ajv = new Ajv({ allErrors: true, strict: false });
    const document = read('asyncapi.json');
    for (const [name, { payload, examples }] of Object.entries(document.components.messages)) {
        const validate = ajv.compile({ ...payload, components: document.components });
        for (const example of examples) {
            assert.ok(validate(example.payload), JSON.stringify([name, validate.errors], null, 2));
            assert.equal(validate({ ...example.payload, type: 'dance' }), false, name);
        }
    }
});
